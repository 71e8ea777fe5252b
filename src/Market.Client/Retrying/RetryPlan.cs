using System.Collections.Immutable;
using Market.Client.Faults;
using Market.Client.Jobs;
using Market.Client.Quoting;
using Market.Domain.Jobs;

namespace Market.Client.Retrying;

/// <summary>
/// Which tasklets of a job have to be bought again. A result is decided by its content alone (module, input, limits), so
/// what was delivered for the same content is taken over, whatever offer it came from, and what failed for the same
/// content would fail again: neither is paid for twice.
/// </summary>
public sealed class RetryPlan
{
    private RetryPlan(string of, uint total) => (Of, Total) = (of, total);

    /// <summary>Id of the first job.</summary>
    public string Of { get; }

    /// <summary>Tasklets of the whole job.</summary>
    public uint Total { get; }

    /// <summary>Tasklets to buy, by index in the whole job.</summary>
    public ImmutableArray<uint> Retried { get; private init; } = [];

    /// <summary>Tasklets whose output is here already.</summary>
    public ImmutableArray<uint> Reused { get; private init; } = [];

    /// <summary>Tasklets that failed and would fail the same way.</summary>
    public ImmutableArray<uint> Repeating { get; private init; } = [];

    /// <summary>The job reduced to <see cref="Retried"/>; null if there is nothing to buy.</summary>
    public PreparedJob? Job { get; private init; }

    /// <summary>Where the whole job's outputs are.</summary>
    public string OutputDirectory { get; private init; } = "";

    /// <summary>Whether this buys a range a second time that a slow device still has.</summary>
    internal bool IsCopy { get; private init; }

    /// <summary>Names of all outputs of the whole job, in order.</summary>
    internal ImmutableArray<string> OutputNames { get; private init; } = [];

    /// <summary>Fuel that some of the retried tasklets needed more than; the new limit has to be above it.</summary>
    internal uint MoreThanMfuel { get; private init; }

    /// <summary>Outputs of earlier offers, and the names that the job file gives them now.</summary>
    internal ImmutableArray<(string File, string Name)> Deliveries { get; private init; } = [];

    /// <summary>Whether the whole job has its outputs once what is retried has come.</summary>
    public bool CanComplete => Repeating.IsEmpty;

    /// <summary>Fails unless the quoted fuel is more than what was not enough before.</summary>
    /// <exception cref="MarketException">E2305: it is not.</exception>
    public void RequireEnough(Quote quote)
    {
        if (quote.Plan.Terms.Mfuel <= MoreThanMfuel) throw SameAgain(Of, $"with {new Fuel(quote.Plan.Terms.Mfuel * Fuel.PerMfuel)} of fuel some tasklets ran dry");
    }

    /// <summary>E2305: there is nothing that would end otherwise.</summary>
    public static MarketException SameAgain(string job, string what) => new(
        "E2305", ExitCode.TaskletsFailed, $"Job {job}: {what}, and would again: the module, the inputs and the limits are the same. Nothing was sent.",
        $"raise the limit that was hit (market job results {job} names it) or mend module or input, then market job retry {job}; --fresh buys it all the same");

    /// <summary>Plans.</summary>
    /// <param name="of">Id of the first job.</param>
    /// <param name="directory">Where the whole job's outputs are.</param>
    /// <param name="job">The whole job as its file stands now.</param>
    /// <param name="past">What earlier offers brought.</param>
    /// <param name="fresh">Buy everything anew.</param>
    internal static RetryPlan Make(string of, string directory, PreparedJob job, IEnumerable<PastResult> past, bool fresh)
    {
        var known = fresh ? [] : past.GroupBy(result => result.Key).ToDictionary(group => group.Key, Best);
        var (retried, reused, repeating) = (new List<uint>(), new List<uint>(), new List<uint>());
        var deliveries = new List<(string, string)>();
        var more = 0u;
        for (var i = 0; i < job.Manifest.Records.Length; i++)
        {
            var key = new ContentKey(job.ModuleName, job.Manifest.Records[i], job.Work.MemoryPages, job.Work.OutputLimit);
            switch (known.GetValueOrDefault(key))
            {
                case { Ending: PastEnding.Delivered } delivered:
                    reused.Add((uint)i);
                    deliveries.Add((delivered.File!, job.Stage.Tasklets[i].OutputName));
                    break;
                case { Ending: PastEnding.Failed }:
                    repeating.Add((uint)i);
                    break;
                case { Ending: PastEnding.OutOfFuel } dry when job.Stage.Spec.Limits.Fuel is { } fuel && fuel.MfuelUp <= dry.Mfuel:
                    repeating.Add((uint)i);
                    break;
                case { Ending: PastEnding.OutOfFuel } dry:
                    more = Math.Max(more, dry.Mfuel);
                    retried.Add((uint)i);
                    break;
                default:
                    retried.Add((uint)i);
                    break;
            }
        }

        return new RetryPlan(of, (uint)job.Manifest.Records.Length)
        {
            OutputDirectory = directory,
            Retried = [.. retried],
            Reused = [.. reused],
            Repeating = [.. repeating],
            Job = retried.Count == 0 ? null : job.Only(retried),
            OutputNames = [.. job.Stage.Tasklets.Select(tasklet => tasklet.OutputName)],
            MoreThanMfuel = more,
            Deliveries = [.. deliveries],
        };
    }

    /// <summary>A second copy of a range of a job.</summary>
    /// <param name="of">The job.</param>
    /// <param name="part">Its stage over that range alone.</param>
    /// <param name="tasklets">The range.</param>
    internal static RetryPlan SecondCopy(JobRecord of, PreparedJob part, ImmutableArray<uint> tasklets) => new(of.Id, of.Terms.Total)
    {
        OutputDirectory = of.OutputDirectory,
        Retried = tasklets,
        Job = part,
        OutputNames = [.. of.Outputs.Select(output => output.Name)],
        IsCopy = true,
    };

    // An output is an output, whatever else was tried; of those that ran dry, the one with the most fuel says most.
    internal static PastResult Best(IEnumerable<PastResult> results) => results.OrderByDescending(result => result.Ending).ThenByDescending(result => result.Mfuel).First();
}
