using System.Collections.Immutable;

namespace Market.Client.Verifying;

/// <summary>What a check of a results folder covered and what it found wrong.</summary>
/// <param name="Receipts">Receipts that were looked at.</param>
/// <param name="Outputs">Output files that were hashed against their receipt.</param>
/// <param name="Leases">Leases whose commitment and payment were looked up on the chain; zero when offline.</param>
/// <param name="Inputs">Inputs that were named anew from a job file and found in the manifest.</param>
/// <param name="Rerun">Tasklets that were run again here.</param>
/// <param name="Uncovered">Files in the folder that no receipt speaks for.</param>
/// <param name="Faults">Everything that is wrong; empty if all of it holds.</param>
public sealed record Verification(
    int Receipts, int Outputs, int Leases, int Inputs, int Rerun, ImmutableArray<string> Uncovered, ImmutableArray<VerificationFault> Faults)
{
    /// <summary>Whether nothing was found wrong.</summary>
    public bool Holds => Faults.IsEmpty;

    /// <summary>What checks of the receipts of several offers over one folder come to.</summary>
    public static Verification Of(IReadOnlyList<Verification> parts) => parts.Count == 1 ? parts[0] : new Verification(
        parts.Sum(p => p.Receipts),
        parts.Sum(p => p.Outputs),
        parts.Sum(p => p.Leases),
        parts.Sum(p => p.Inputs),
        parts.Sum(p => p.Rerun),
        [.. parts.Select(p => p.Uncovered.AsEnumerable()).Aggregate((all, some) => all.Intersect(some))],
        [.. parts.SelectMany(p => p.Faults)]);
}

/// <summary>One thing that does not hold.</summary>
/// <param name="Kind">What kind of fault it is.</param>
/// <param name="Tasklet">The tasklet; null if it concerns the whole.</param>
/// <param name="Message">The same for people.</param>
public sealed record VerificationFault(VerificationFaultKind Kind, uint? Tasklet, string Message);

/// <summary>Kinds of <see cref="VerificationFault"/>.</summary>
public enum VerificationFaultKind
{
    /// <summary>The receipt contradicts itself: a proof does not open, or terms, work and lease do not belong together.</summary>
    Receipt,

    /// <summary>A file's bytes are not those that the receipt names, or the file is missing.</summary>
    Output,

    /// <summary>The chain says otherwise, or nothing.</summary>
    Chain,

    /// <summary>The job file's module or inputs are not those that the receipt names.</summary>
    Input,

    /// <summary>Running the tasklet again gave another result.</summary>
    Rerun,
}
