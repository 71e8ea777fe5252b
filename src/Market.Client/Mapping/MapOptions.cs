using System.Collections.Immutable;
using Market.Domain.Identity;
using Market.Domain.Jobs;
using Market.Domain.Offers;

namespace Market.Client.Mapping;

/// <summary>What a job may take and cost, and how sure its results are to be. In process only the limits count.</summary>
public sealed record MapOptions
{
    /// <summary>The job's name for people: lower-case letters, digits and dashes.</summary>
    public string Name { get; init; } = "map";

    /// <summary>Arguments of the first stage's tasklets, after the program's name; <c>{index}</c> stands for the tasklet's number.</summary>
    public ImmutableArray<string> Args { get; init; } = [];

    /// <summary>Most that may be escrowed, in the market's asset: <c>"0.5"</c> or <c>"0.5 CRD"</c>. A market takes no job without.</summary>
    public string? Budget { get; init; }

    /// <summary>From posting to the last result.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Caps on one tasklet of any stage; without a fuel limit, twice what samples need that are run here first.</summary>
    public LimitSpec Limits { get; init; } = LimitSpec.Default;

    /// <summary>How results become final.</summary>
    public Verdict Verification { get; init; } = Verdict.Optimistic;

    /// <summary>The only devices that may run it, which <see cref="Verdict.Trusted"/> needs; empty is any.</summary>
    public ImmutableArray<DeviceId> Devices { get; init; } = [];

    /// <summary>Further attempts at what was lost, each at a higher reserve within the budget.</summary>
    public int Retries { get; init; } = FailureSpec.Default.Retries;

    /// <summary>Accept results as soon as all of them are here: waives the rest of their challenge windows, and ends the job sooner.</summary>
    public bool Accept { get; init; }

    /// <summary>Hand out results only once they are final; else as soon as a device is bound to them.</summary>
    public bool FinalOnly { get; init; }

    /// <summary>Run no samples here first; needs a fuel limit.</summary>
    public bool SkipLocalRun { get; init; }
}
