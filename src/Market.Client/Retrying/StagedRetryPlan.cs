using System.Collections.Immutable;
using Market.Client.Faults;
using Market.Client.JobFiles;
using Market.Client.Jobs;
using Market.Client.Quoting;
using Market.Domain.Jobs;

namespace Market.Client.Retrying;

/// <summary>What has to be bought again of one stage.</summary>
/// <param name="Stage">Its name.</param>
/// <param name="Reused">Tasklets whose outputs are here.</param>
/// <param name="Retried">Tasklets that run again; null where all do, how many there are is not known yet.</param>
/// <param name="Repeating">Tasklets that failed and would fail the same way.</param>
public sealed record StageRetry(string Stage, ImmutableArray<uint> Reused, ImmutableArray<uint>? Retried, ImmutableArray<uint> Repeating);

/// <summary>
/// Which tasklets of a job of several stages have to be bought again, by content, stage after stage: a stage whose outputs are
/// all here is not bought, and what reads it reads them from here. Where a stage that others read lacks some of its outputs,
/// those come first, in a job of their own; then the plan is made anew.
/// </summary>
public sealed class StagedRetryPlan
{
    private StagedRetryPlan(string of, ImmutableArray<StageRetry> stages) => (Of, Stages) = (of, stages);

    /// <summary>Id of the first job.</summary>
    public string Of { get; }

    /// <summary>The stages, parents first.</summary>
    public ImmutableArray<StageRetry> Stages { get; }

    /// <summary>What is bought now; null if nothing is.</summary>
    public ResolvedJob? Job { get; private init; }

    /// <summary>Whether more has to be bought when <see cref="Job"/> has come.</summary>
    public bool IsPart { get; private init; }

    /// <summary>Index in the whole job of each result that <see cref="Job"/> gives; empty if it gives all of an unknown number, null if none.</summary>
    public ImmutableArray<uint>? Results { get; private init; }

    /// <summary>Outputs that are here, and the names that the job file gives them now.</summary>
    internal ImmutableArray<(string File, string Name)> Deliveries { get; private init; } = [];

    private ImmutableDictionary<StageId, uint> MoreThanMfuel { get; init; } = ImmutableDictionary<StageId, uint>.Empty;

    /// <summary>Fails unless the quoted fuel is more than what was not enough before.</summary>
    /// <exception cref="MarketException">E2305: it is not.</exception>
    public void RequireEnough(GraphQuote quote)
    {
        foreach (var stage in quote.Plan.Stages.Where(stage => MoreThanMfuel.TryGetValue(stage.Stage, out var dry) && stage.Offer.Terms.Mfuel <= dry))
        {
            throw RetryPlan.SameAgain(Of, $"with {new Fuel(stage.Offer.Terms.Mfuel * Fuel.PerMfuel)} of fuel some tasklets of stage '{stage.Stage}' ran dry");
        }
    }

    /// <summary>Plans.</summary>
    /// <param name="of">Id of the first job.</param>
    /// <param name="job">The whole job as its file stands now.</param>
    /// <param name="past">What earlier jobs brought; empty buys everything anew.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="MarketException">E2305: a stage that others read would fail the same way.</exception>
    internal static async Task<StagedRetryPlan> MakeAsync(string of, ResolvedJob job, IEnumerable<PastResult> past, CancellationToken cancel)
    {
        var known = past.GroupBy(result => result.Key).ToDictionary(group => group.Key, RetryPlan.Best);
        var graph = StageGraph.Of(job.File.Spec);
        var stages = new Stage[job.Stages.Length];
        foreach (var at in graph.Order)
        {
            ImmutableArray<Stage> parents = [.. graph.Parents[at].Select(parent => stages[parent])];
            stages[at] = parents.All(parent => parent.IsKept) ? await LookAsync(of, job, job.Stages[at], parents, known, cancel) : new Stage(job.Stages[at]);
            var isRead = graph.Parents.Any(reads => reads.Contains(at));
            if (isRead && stages[at].Repeating is { Length: > 0 } same) throw RetryPlan.SameAgain(of, $"{same.Length} tasklets of stage '{job.Stages[at].Spec.Id}' failed");
            stages[at].IsRead = isRead;
        }

        // A stage that others read is only of use whole.
        var parts = graph.Order.Where(at => stages[at] is { IsRead: true, Reused.Length: > 0, Retried.Length: > 0 }).ToList();
        var bought = parts.Count > 0 ? parts : Bought(graph, stages);
        var result = job.Stages.IndexOf(job.Result);
        return new StagedRetryPlan(of, [.. graph.Order.Select(at => stages[at].ToRetry())])
        {
            Job = bought.Count == 0 ? null : Reduce(job, graph, stages, bought, result),
            IsPart = parts.Count > 0,
            Results = bought.Contains(result) ? stages[result].Retried ?? [.. Enumerable.Range(0, job.Result.Count ?? 0).Select(i => (uint)i)] : null,
            Deliveries = [.. stages[result].Reused.Select(i => (stages[result].Known[(int)i]!.File!, job.OutputName((int)i)))],
            MoreThanMfuel = bought.Where(at => stages[at].Dry > 0).ToImmutableDictionary(at => job.Stages[at].Spec.Id, at => stages[at].Dry),
        };
    }

    private static async Task<Stage> LookAsync(string of, ResolvedJob job, ResolvedStage stage, ImmutableArray<Stage> parents, Dictionary<ContentKey, PastResult> known, CancellationToken cancel)
    {
        var tasklets = stage.Spec.Inputs is FromInputs from ? await ListAsync(of, job, stage, from, parents, cancel) : stage.Tasklets;
        var listed = await PreparedJob.PrepareAsync(job, stage with { Spec = stage.Spec with { Inputs = new RangeInputs(0, tasklets.Length - 1) }, Tasklets = tasklets, Count = tasklets.Length }, cancel);
        var found = listed.Manifest.Records.Select(record => known.GetValueOrDefault(new ContentKey(listed.ModuleName, record, listed.Work.MemoryPages, listed.Work.OutputLimit)));
        return new Stage(stage, tasklets, [.. found]);
    }

    /// <summary>The tasklets of a stage whose parents' outputs are all here, as if the job file listed what they read.</summary>
    private static async Task<ImmutableArray<ResolvedTasklet>> ListAsync(string of, ResolvedJob job, ResolvedStage stage, FromInputs from, ImmutableArray<Stage> parents, CancellationToken cancel)
    {
        var outputs = ImmutableArray.CreateBuilder<ImmutableArray<ReadOnlyMemory<byte>>>();
        foreach (var parent in parents)
        {
            var all = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
            foreach (var known in parent.Known) all.Add(await File.ReadAllBytesAsync(known!.File!, cancel));
            outputs.Add(all.ToImmutable());
        }

        ImmutableArray<string> args = [stage.Program, .. stage.Spec.Task.Args.Select(arg => arg.Fill(0, ""))];
        var contents = StageContents.Of(from, outputs.ToImmutable()) ?? throw RetryPlan.SameAgain(of, $"stage '{stage.Spec.Id}' fans out what is no list");
        return [.. contents.Select((stdin, i) => new ResolvedTasklet(i, job.ItemOf(stage, i), args, stdin, null, job.OutputName(i)))];
    }

    /// <summary>Stages that are not kept; and kept ones that one of those reads beside another, for a stage reads outputs of one job only.</summary>
    private static List<int> Bought(StageGraph graph, Stage[] stages)
    {
        var bought = graph.Order.Where(at => !stages[at].IsKept && stages[at].Retried is not { Length: 0 }).ToHashSet();
        for (var before = -1; before != bought.Count;)
        {
            before = bought.Count;
            foreach (var at in bought.Where(at => graph.Parents[at].Any(bought.Contains)).ToList()) bought.UnionWith(graph.Parents[at]);
        }

        return [.. graph.Order.Where(bought.Contains)];
    }

    private static ResolvedJob Reduce(ResolvedJob job, StageGraph graph, Stage[] stages, List<int> bought, int result)
    {
        var reduced = bought.Select(at => graph.Parents[at].Any(bought.Contains) ? stages[at].Resolved : List(stages[at], whole: bought.Any(other => graph.Parents[other].Contains(at)))).ToList();
        var names = reduced.Select(stage => stage.Spec.Id).ToHashSet();
        for (var i = 0; i < reduced.Count; i++)
        {
            if (reduced[i].Spec.Sla.Locality is { Near: { } near } locality && !names.Contains(near))
            {
                reduced[i] = reduced[i] with { Spec = reduced[i].Spec with { Sla = reduced[i].Spec.Sla with { Locality = locality with { Near = null } } } };
            }
        }

        var spec = job.File.Spec;
        var output = spec.Output with { From = bought.Contains(result) ? spec.Output.From : reduced[^1].Spec.Id, Picture = null };
        return new ResolvedJob(JobFile.Of(spec with { Stages = [.. reduced.Select(stage => stage.Spec)], Output = output }, job.File.Folder), [.. reduced]);
    }

    /// <summary>The stage over inputs that are here; unless others read it in the same job, only over what is missing.</summary>
    private static ResolvedStage List(Stage stage, bool whole)
    {
        IEnumerable<uint> wanted = whole ? Enumerable.Range(0, stage.Tasklets.Length).Select(i => (uint)i) : stage.Retried!.Value;
        ImmutableArray<ResolvedTasklet> tasklets = [.. wanted.Select((index, position) => stage.Tasklets[(int)index] with { Index = position })];
        return stage.Resolved with { Spec = stage.Resolved.Spec with { Inputs = new RangeInputs(0, tasklets.Length - 1) }, Tasklets = tasklets, Count = tasklets.Length };
    }

    /// <summary>A stage, and what is known of it: nothing while its inputs are not.</summary>
    private sealed class Stage
    {
        public Stage(ResolvedStage resolved) => Resolved = resolved;

        public Stage(ResolvedStage resolved, ImmutableArray<ResolvedTasklet> tasklets, ImmutableArray<PastResult?> known)
        {
            (Resolved, Tasklets, Known) = (resolved, tasklets, known);
            Reused = Those(past => past is { Ending: PastEnding.Delivered });
            Repeating = Those(past => past is { Ending: PastEnding.Failed } || (past is { Ending: PastEnding.OutOfFuel } dry && resolved.Spec.Limits.Fuel is { } fuel && fuel.MfuelUp <= dry.Mfuel));
            Retried = [.. Enumerable.Range(0, known.Length).Select(i => (uint)i).Except(Reused).Except(Repeating)];
            Dry = known.Where(past => past is { Ending: PastEnding.OutOfFuel }).Select(past => past!.Mfuel).DefaultIfEmpty(0u).Max();
        }

        public ResolvedStage Resolved { get; }

        public ImmutableArray<ResolvedTasklet> Tasklets { get; } = [];

        public ImmutableArray<PastResult?> Known { get; } = [];

        public ImmutableArray<uint> Reused { get; } = [];

        public ImmutableArray<uint> Repeating { get; } = [];

        public ImmutableArray<uint>? Retried { get; }

        public uint Dry { get; }

        public bool IsRead { get; set; }

        public bool IsKept => Known.Length > 0 && Reused.Length == Known.Length;

        public StageRetry ToRetry() => new(Resolved.Spec.Id.ToString(), Reused, Retried, Repeating);

        private ImmutableArray<uint> Those(Func<PastResult?, bool> are) => [.. Enumerable.Range(0, Known.Length).Where(i => are(Known[i])).Select(i => (uint)i)];
    }
}
