namespace Market.Client.Diagnostics;

/// <summary>What one check of the machine found.</summary>
/// <param name="Name">What was looked at.</param>
/// <param name="State">How it is.</param>
/// <param name="Detail">Version, place or cause.</param>
/// <param name="Fix">What to do when it is not well; empty otherwise.</param>
public sealed record Finding(string Name, FindingState State, string Detail, string Fix = "");

/// <summary>How a checked thing is.</summary>
public enum FindingState
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Missing or weak, but only some commands need it.</summary>
    Warning,

    /// <summary>The market does not work without it.</summary>
    Broken,
}
