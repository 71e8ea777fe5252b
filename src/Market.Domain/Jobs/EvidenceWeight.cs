namespace Market.Domain.Jobs;

/// <summary>
/// What it takes to show the judge the input of one tasklet that reads earlier stages, in one transaction. As in the contract
/// InputOpener: heavier inputs cannot be disputed.
/// </summary>
public static class EvidenceWeight
{
    /// <summary>The most that is judged, in bytes.</summary>
    public const long Most = 98_304;

    private const long PerLease = 64;
    private const long PerOutput = 768;

    /// <summary>Weight of an input, in bytes.</summary>
    /// <param name="frame">Bytes of the frame.</param>
    /// <param name="leases">Leases of all stages that are read.</param>
    /// <param name="outputs">Outputs that the tasklet reads.</param>
    /// <param name="joined">Bytes of those outputs; 0 where one output is the input as it is.</param>
    public static long Of(int frame, long leases, long outputs, long joined) => frame + (PerLease * leases) + (PerOutput * outputs) + joined;
}
