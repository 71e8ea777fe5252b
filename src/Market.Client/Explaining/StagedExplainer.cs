using System.Collections.Immutable;
using Market.Chain.Generated.JobManager;
using Market.Client.Quoting;
using Market.Client.Staging;
using Market.Domain.Identity;
using Market.Domain.Money;

namespace Market.Client.Explaining;

/// <summary>Turns the state of a job of several stages and the market's outlook into reasons, next steps and advice. Pure.</summary>
public static class StagedExplainer
{
    private const int MostWaiting = 3;

    /// <summary>Explains.</summary>
    /// <param name="progress">Where the job stands.</param>
    /// <param name="outlooks">For stages whose tasklets wait for a device, what matching now would give.</param>
    /// <param name="graceSeconds">Seconds after a lease's due time from which anyone may let it expire.</param>
    public static Explanation Explain(StagedProgress progress, IReadOnlyDictionary<int, MatchOutlook> outlooks, uint graceSeconds) => new(
        State(progress),
        [.. Because(progress, outlooks)],
        [.. Next(progress, outlooks, graceSeconds)],
        [.. Advice(progress, outlooks)]);

    private static string State(StagedProgress progress)
    {
        if (progress.Entry is not { } entry) return "The job is not on the chain: its transaction was never mined, or a reorganisation took it back.";
        var (asset, count) = (progress.Record.Asset, progress.Stages.Length);
        var back = $"{asset.Format(new Amount(entry.Returned))} came back";
        return entry.State switch
        {
            JobStateCode.Finished => $"Complete: all {count} stages are final; {back}.",
            JobStateCode.Cancelled => $"Over: cancelled by its owner with {Final(progress)} of {count} stages final; {back}.",
            JobStateCode.Expired => $"Over: its deadline passed with {Final(progress)} of {count} stages final; {back}.",
            _ when progress.IsHopeless => "Failed: a stage has used up its attempts, and nothing else can come of the job.",
            _ => $"Active: {progress.Stages.Count(stage => stage.Stage.IsBound)} of {count} stages have results{Open(progress)}.",
        };
    }

    private static int Final(StagedProgress progress) => progress.Stages.Count(stage => stage.Stage.State == StageStateCode.Final);

    private static string Open(StagedProgress progress) => string.Concat(Current(progress)
        .Where(stage => progress.Stages[stage.At].Stage.State == StageStateCode.Open)
        .Select(stage => $"; {progress.Record.Stages[stage.At]}: {stage.Attempt.View.Running} of {OfferWords.Tasklets(stage.Attempt.View.Terms.Total)} run, {stage.Attempt.View.Waiting} wait"));

    private static IEnumerable<string> Because(StagedProgress progress, IReadOnlyDictionary<int, MatchOutlook> outlooks)
    {
        foreach (var (at, attempt) in Current(progress))
        {
            var name = progress.Record.Stages[at];
            if (attempt.Why.Length > 0) yield return $"{name}: opened again because {attempt.Why}.";
            foreach (var line in JobExplainer.Because(attempt.View, attempt.View.IsOver(progress.Now), progress.Now, outlooks.GetValueOrDefault(at))) yield return $"{name}: {line}";
        }

        foreach (var stage in progress.Stages.Where(stage => stage.Stage.State is StageStateCode.Failed or StageStateCode.Stale && stage.Stage.Attempts >= stage.Stage.Spec.Attempts))
        {
            yield return $"{stage.Name}: {(stage.Stage.State == StageStateCode.Failed ? "ended without all results" : "what it read fell")}, and its {stage.Stage.Attempts} attempts are used up.";
        }
    }

    private static IEnumerable<string> Next(StagedProgress progress, IReadOnlyDictionary<int, MatchOutlook> outlooks, uint graceSeconds)
    {
        if (progress.Entry is not { } entry) yield break;
        foreach (var (at, attempt) in Current(progress))
        {
            foreach (var line in JobExplainer.Next(attempt.View, attempt.View.IsOver(progress.Now), progress.Now, outlooks.GetValueOrDefault(at), graceSeconds)) yield return $"{progress.Record.Stages[at]}: {line}";
        }

        if (entry.IsActive)
        {
            foreach (var stage in progress.Stages.Where(stage => stage.Stage.Offer is null).Take(MostWaiting))
            {
                var missing = entry.WaitsFor(stage.Stage.Spec).Where(i => stage.Stage.Spec.StartFinal ? entry.Stages[i].State != StageStateCode.Final : !entry.Stages[i].IsBound).Select(i => progress.Record.Stages[i]).ToList();
                var until = stage.Stage.Spec.StartFinal ? "final" : "bound";
                yield return missing.Count > 0
                    ? $"{stage.Name}: opens once all results of {string.Join(" and ", missing)} are {until}; any node's keeper opens it and is tipped."
                    : $"{stage.Name}: can be opened by anyone now.";
            }

            yield return $"No stage opens after {new UnixTime(entry.Job.Deadline)}; what is not spent then returns.";
        }

        if (entry.Owed) yield return "Anyone may have what came back since the end paid to the owner; nodes do.";
    }

    private static IEnumerable<string> Advice(StagedProgress progress, IReadOnlyDictionary<int, MatchOutlook> outlooks)
    {
        var id = progress.Record.Id;
        if (progress.Entry is null) yield break;
        if (outlooks.Values.Any(outlook => outlook.Tasklets == 0)) yield return $"market job cancel {id}, then run it again with what excludes the devices changed (market job quote tells the cheapest change)";
        if (progress.Entry.IsActive) yield return $"market job watch {id} --keep";
        if (progress.Stages[progress.Record.Result].Stage.IsBound) yield return $"market job results {id}";
        if (progress.IsOver && !progress.IsComplete) yield return $"market job retry {id} buys the stages that did not come about, and only those";
    }

    /// <summary>Stages whose newest offer may still change, with that offer.</summary>
    private static IEnumerable<(int At, StageAttempt Attempt)> Current(StagedProgress progress) => progress.History.Attempts
        .Select((attempts, at) => (at, attempts.LastOrDefault()))
        .Where(stage => stage.Item2 is not null && progress.Stages[stage.at].Stage.State is not (StageStateCode.Final or StageStateCode.None))
        .Select(stage => (stage.at, stage.Item2!));
}
