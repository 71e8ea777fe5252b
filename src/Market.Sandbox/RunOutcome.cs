using Market.Domain.Results;
using Market.Hashing;

namespace Market.Sandbox;

/// <summary>How a run ended.</summary>
public abstract record RunOutcome
{
    private RunOutcome()
    {
    }

    /// <summary>The tasklet ended by its own doing. Every honest device finds the same values.</summary>
    /// <param name="Status">Exit or trap.</param>
    /// <param name="ExitCode">What the module passed to exit; zero when it returned or trapped.</param>
    /// <param name="FuelUsed">Between zero and the limit.</param>
    /// <param name="Output">The bytes written until the end, also before a trap.</param>
    /// <param name="Trap">Why it trapped, for people: a result merges all traps.</param>
    public sealed record Halted(TaskletStatus Status, uint ExitCode, ulong FuelUsed, ReadOnlyMemory<byte> Output, TrapKind Trap) : RunOutcome
    {
        /// <summary>What a device commits to; hashes the output.</summary>
        public TaskletResult ToResult() => new(Status, ExitCode, FuelUsed, BlobName.Of(Output.Span));
    }

    /// <summary>The device could not finish the run. Never a result: run again, elsewhere, or give the lease up.</summary>
    public sealed record GaveUp(GiveUpReason Reason, string Detail) : RunOutcome;

    /// <summary>Module and limits do not fit together, on any device; for example more initial memory than the cap.</summary>
    public sealed record Refused(string Reason) : RunOutcome;
}

/// <summary>Why a run was given up.</summary>
public enum GiveUpReason
{
    /// <summary>Never of a run.</summary>
    Unspecified = 0,

    /// <summary>The time limit passed.</summary>
    WallClock,

    /// <summary>The worker process held more memory than the run's share.</summary>
    Memory,

    /// <summary>The worker process ended or broke the protocol.</summary>
    WorkerLost,

    /// <summary>The engine's own stack overflowed before the module's depth guard fired.</summary>
    NativeStack,

    /// <summary>This machine cannot run modules: no worker, wrong float mode, no memory.</summary>
    Unfit,
}
