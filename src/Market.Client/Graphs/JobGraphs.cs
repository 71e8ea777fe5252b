using System.Collections.Immutable;
using Market.Chain.Generated.JobManager;
using Market.Client.Explaining;
using Market.Client.Following;
using Market.Client.JobFiles;
using Market.Client.Staging;
using Market.Domain.Identity;
using Market.Domain.Jobs;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Domain.Progress;

namespace Market.Client.Graphs;

/// <summary>Makes the picture of a job of what is known of it.</summary>
public static class JobGraphs
{
    /// <summary>A job file: the stages, and their tasklets as far as the file tells.</summary>
    public static JobGraph Of(ResolvedJob job)
    {
        var graph = StageGraph.Of(job.File.Spec);
        return new JobGraph(null, job.File.Spec.Name, "planned", [.. graph.Order.Select(at =>
        {
            var stage = job.Stages[at];
            return new StageNode(
                stage.Spec.Id.ToString(),
                [.. graph.Parents[at].Select(parent => graph.Order.IndexOf(parent))],
                HowOf(stage.Spec.Inputs),
                "planned",
                Waiting(stage.Count)) { Attempts = job.File.Spec.OnFailure.Retries + 1 };
        })]);
    }

    /// <summary>A job of one task.</summary>
    public static JobGraph Of(JobProgress progress)
    {
        var (job, view) = (progress.Job, progress.View);
        var money = new GraphMoney(view.Paid, job.Escrow, view.Refund);
        var time = view.PostedAt is { } start ? TimeOf(view, start, progress.Now) : null;
        var stage = new StageNode(StageId.Main.ToString(), [], "", Word(view.State.ToString()), TaskletRun.Of(view)) { Attempt = 1, Money = money, Time = time, Again = [.. Again(view)] };
        return new JobGraph(job.Id, job.Name, Word(view.State.ToString()), [stage])
        {
            Money = money,
            Time = time is null ? null : time with { Deadline = job.DueBy },
            Asset = job.Asset,
        };
    }

    /// <summary>A job of several stages.</summary>
    public static JobGraph Of(StagedProgress progress)
    {
        var (job, entry) = (progress.Record, progress.Entry);
        var stages = ImmutableArray.CreateBuilder<StageNode>();
        foreach (var (stage, at) in progress.Stages.Select((stage, at) => (stage, at))) stages.Add(NodeOf(stage, progress.History.Attempts[at], stages, progress.Now));
        return new JobGraph(job.Id, job.Name, Word(entry?.State.ToString() ?? "none"), stages.ToImmutable())
        {
            Money = new GraphMoney(progress.Paid, job.Budget, new Amount(entry?.Returned ?? 0)) { Tips = new Amount(entry?.Tipped ?? 0) },
            Time = progress.History.PostedAt is { } posted && entry is not null
                ? new GraphTime(posted, progress.IsOver ? progress.History.Events[^1].At : progress.Now, new UnixTime(entry.Job.Deadline), progress.IsOver)
                : null,
            Asset = job.Asset,
        };
    }

    private static StageNode NodeOf(StageProgress stage, ImmutableArray<StageAttempt> attempts, ImmutableArray<StageNode>.Builder before, UnixTime now)
    {
        var (spec, last) = (stage.Stage.Spec, attempts.LastOrDefault());
        ImmutableArray<int> reads = [.. spec.Input.Stages.Select(i => (int)i)];
        return new StageNode(
            stage.Name, reads, HowOf(spec.Input), Word(stage.Stage.State.ToString()), last is null ? Waiting(CountOf(spec, [.. reads.Select(i => before[i])])) : TaskletRun.Of(last.View))
        {
            Attempt = stage.Stage.Attempts,
            Attempts = spec.Attempts,
            Money = last is null
                ? null
                : new GraphMoney(
                    attempts.Aggregate(Amount.Zero, (sum, attempt) => sum + attempt.View.Paid), new Amount(spec.Budget), attempts.Aggregate(Amount.Zero, (sum, attempt) => sum + attempt.View.Refund)),
            Time = last is null ? null : TimeOf(last.View, last.OpenedAt, now),
            Again = [.. attempts.SelectMany((attempt, i) => (attempt.Why.Length == 0 ? [] : new[] { $"opened again because {attempt.Why}" }).Concat(Again(attempt.View)))],
        };
    }

    /// <summary>Ranges that were leased again, and why.</summary>
    private static IEnumerable<string> Again(OfferView view) => view.Leases.Where(lease => lease.Lease.Attempt > 0)
        .Select(lease => $"{LeaseWords.Range(lease.Lease)} again at {lease.Lease.Device}{LeaseWords.WhyAgain(view, lease)}");

    private static GraphTime TimeOf(OfferView view, UnixTime start, UnixTime now)
    {
        var bound = view is { Waiting: 0, Running: 0 };
        var until = bound ? view.Leases.Where(lease => lease.HasResults).Select(lease => lease.CommittedAt!.Value).DefaultIfEmpty(start).Max() : view.ClosedAt ?? now;
        return new GraphTime(start, until, view.Terms.Deadline.Plus(view.Terms.LeaseSeconds), bound || view.ClosedAt is not null);
    }

    private static ImmutableArray<TaskletRun> Waiting(long? count) => count is > 0 and var known ? [TaskletRun.Waiting(0, (ulong)known)] : [];

    /// <summary>How many tasklets a stage will have that has not opened; null where that is not known yet.</summary>
    private static long? CountOf(StageSpecTuple stage, ImmutableArray<StageNode> parents) => (stage.Input.Kind, parents.IsEmpty ? 0 : parents[0].Total) switch
    {
        (InputKindCode.Manifest, _) => Terms.FromWords(stage.Cost, stage.Rules, default, default, []).Total,
        (InputKindCode.Group, _) when stage.Input.Size == 0 => 1,
        (_, 0) => null,
        (InputKindCode.Each, var total) => total,
        (InputKindCode.Group, var total) => ((long)total + stage.Input.Size - 1) / stage.Input.Size,
        _ => null,
    };

    private static string HowOf(StageInputTuple input) => input.Kind switch
    {
        InputKindCode.Each => "each",
        InputKindCode.Group when input.Size == 0 => "all",
        InputKindCode.Group => $"by {input.Size}",
        InputKindCode.FanOut => "fanned out",
        _ => "",
    };

    private static string HowOf(InputSpec inputs) => inputs switch
    {
        EachInputs => "each",
        AllInputs => "all",
        GroupInputs group => $"by {group.Size}",
        FanOutInputs => "fanned out",
        _ => "",
    };

    private static string Word(string name) => name.ToLowerInvariant();
}
