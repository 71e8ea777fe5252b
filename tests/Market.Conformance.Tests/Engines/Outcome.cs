namespace Market.Conformance.Tests.Engines;

/// <summary>How a run of a canonical module ended.</summary>
internal enum RunStatus
{
    Unspecified,
    Exit,
    Trap,
}

/// <summary>All that a run of a canonical module may be judged by.</summary>
internal sealed record Outcome(RunStatus Status, uint ExitCode, long Fuel, byte[] Output)
{
    public bool Equals(Outcome? other) => other is not null && Status == other.Status && ExitCode == other.ExitCode
        && Fuel == other.Fuel && Output.AsSpan().SequenceEqual(other.Output);

    public override int GetHashCode() => HashCode.Combine(Status, ExitCode, Fuel, Output.Length);

    public override string ToString() => $"{Status} {ExitCode}, fuel {Fuel}, {Output.Length} bytes of output";
}
