using Market.Hashing;

namespace Market.Node.Leases;

/// <summary>The contract's reasons for handing a lease back.</summary>
internal enum DeclineReason : byte
{
    /// <summary>Not declined.</summary>
    None = 0,

    /// <summary>Module, manifest or an input could not be had.</summary>
    Unavailable = 1,

    /// <summary>The module, the manifest or an input is malformed.</summary>
    BadModule = 2,

    /// <summary>It asks for more memory than this device has per lane.</summary>
    TooMuchMemory = 3,

    /// <summary>The device is going down.</summary>
    ShuttingDown = 4,

    /// <summary>This device could not finish it.</summary>
    Other = 5,

    /// <summary>By its own progress this device would end it too late.</summary>
    TooSlow = 6,
}

/// <summary>What became of working on a lease.</summary>
internal abstract record WorkOutcome
{
    private WorkOutcome()
    {
    }

    /// <summary>All tasklets ran; all outputs and the result list are stored.</summary>
    public sealed record Done(Hash256 Root) : WorkOutcome;

    /// <summary>The lease is to be handed back.</summary>
    public sealed record GiveUp(DeclineReason Reason, string Detail) : WorkOutcome;
}
