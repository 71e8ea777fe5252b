namespace Market.Domain.Offers;

/// <summary>How the inputs of an offer's tasklets are named. The numbers are the contract's.</summary>
public enum InputKind : byte
{
    /// <summary>A manifest lists them.</summary>
    Manifest = 0,

    /// <summary>Tasklet i reads output i of each source.</summary>
    Each = 1,

    /// <summary>Tasklet i reads the join of a number of outputs in a row, or of all.</summary>
    Group = 2,

    /// <summary>Tasklet i reads frame i of the one output of its one source.</summary>
    FanOut = 3,
}
