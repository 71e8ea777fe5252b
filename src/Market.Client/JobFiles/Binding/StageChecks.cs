using System.Collections.Immutable;
using System.Numerics;
using Market.Domain.Jobs;
using Market.Domain.Money;
using Market.Domain.Offers;

namespace Market.Client.JobFiles.Binding;

/// <summary>What only all stages together show: who reads whom, and whether the service level can be kept at all.</summary>
internal sealed class StageChecks(JobSpec job, DiagnosticBag faults, MapReader reader)
{
    private readonly ImmutableArray<StageSpec> _stages = job.Stages;

    public void Run()
    {
        var known = CheckParents();
        var parents = _stages.Select(stage => stage.Parents.Where(known.ContainsKey).Select(parent => known[parent]).ToImmutableArray()).ToImmutableArray();
        if (!StageGraph.TryOrder(parents, out var order))
        {
            ReportCycle(parents, order);
            return;
        }

        CheckCounts(parents, order);
        CheckPlaces(parents);
        CheckLocality(parents, order);
        CheckDeadlines(parents, order);
        CheckBudgets();
        if (!faults.HasErrors) CheckUnread();
    }

    private Dictionary<StageId, int> CheckParents()
    {
        var known = new Dictionary<StageId, int>();
        for (var i = 0; i < _stages.Length; i++) known.TryAdd(_stages[i].Id, i);
        var names = _stages.Select(stage => stage.Id.ToString()).ToArray();
        for (var i = 0; i < _stages.Length; i++)
        {
            foreach (var parent in _stages[i].Parents.Where(parent => !known.ContainsKey(parent)))
            {
                faults.Error(
                    "E1217", $"stage '{_stages[i].Id}' reads from '{parent}', which does not exist (stages: {string.Join(", ", names)}){DidYouMean.Suffix(parent.ToString(), names)}", At(i, "inputs.from"));
            }
        }

        return known;
    }

    private void ReportCycle(ImmutableArray<ImmutableArray<int>> parents, ImmutableArray<int> ordered)
    {
        // From any stage left over, parents left over lead back to one that was met before.
        var left = Enumerable.Range(0, _stages.Length).Except(ordered).ToHashSet();
        var path = new List<int> { left.Min() };
        while (true)
        {
            var next = parents[path[^1]].First(left.Contains);
            var met = path.IndexOf(next);
            path.Add(next);
            if (met < 0) continue;
            path.RemoveRange(0, met);
            break;
        }

        var text = path.Count == 2 ? $"stage '{_stages[path[0]].Id}' reads itself" : $"the stages form a circle: {string.Join(" reads ", path.Select(i => $"'{_stages[i].Id}'"))}";
        faults.Error("E1218", $"{text}; none could ever start, so take one of these out of 'from'", At(path.Min(), "inputs.from"));
    }

    /// <summary>Stages with several parents need them to have as many tasklets, a fan-out needs one with one.</summary>
    private void CheckCounts(ImmutableArray<ImmutableArray<int>> parents, ImmutableArray<int> order)
    {
        var counts = StageCounts.Static(_stages, parents, order);
        for (var i = 0; i < _stages.Length; i++)
        {
            if (_stages[i].Inputs is FanOutInputs && parents[i].Select(p => counts[p]).FirstOrDefault(count => count is not (null or 1)) is { } many)
            {
                faults.Error("E1219", $"stage '{_stages[i].Id}' fans out the one output of a stage, and '{_stages[parents[i][0]].Id}' has {many}; join them with 'group: all' in a stage between", At(i, "inputs.from"));
            }

            if (parents[i].Length < 2) continue;
            var sizes = parents[i].Where(p => counts[p] is not null).Select(p => (_stages[p].Id, Count: counts[p]!.Value)).ToArray();
            if (sizes.Select(pair => pair.Count).Distinct().Count() < 2) continue;
            faults.Error(
                "E1219", $"stage '{_stages[i].Id}' pairs outputs of {string.Join(" and ", sizes.Select(pair => $"'{pair.Id}' ({pair.Count})"))}, which are not equally many; join each of them with 'group: all' in a stage of its own first", At(i, "inputs.from"));
        }
    }

    private void CheckPlaces(ImmutableArray<ImmutableArray<int>> parents)
    {
        for (var i = 0; i < _stages.Length; i++)
        {
            if (_stages[i].Inputs is not FromInputs) continue;
            for (var a = 0; a < _stages[i].Task.Args.Length; a++)
            {
                if (!_stages[i].Task.Args[a].Varies) continue;
                faults.Error(
                    "E1220", $"'{_stages[i].Task.Args[a]}' would differ from tasklet to tasklet, and those of stage '{_stages[i].Id}' read outputs: their arguments are all alike; pass it on in the output", At(i, "task.args"));
            }
        }

        if (job.Output.Name.NeedsItem && !HasItems(parents, _stages.IndexOf(job.Result)))
        {
            faults.Error("E1220", $"'{job.Output.Name}' needs an item, and outputs of stage '{job.Output.From}' have none; use {{index}}", reader.PlaceOf("output.name"));
        }
    }

    /// <summary>Items go with outputs as long as each tasklet reads one.</summary>
    private bool HasItems(ImmutableArray<ImmutableArray<int>> parents, int stage) =>
        _stages[stage].Inputs is not FromInputs || (_stages[stage].Inputs is EachInputs && parents[stage].Length == 1 && HasItems(parents, parents[stage][0]));

    private void CheckLocality(ImmutableArray<ImmutableArray<int>> parents, ImmutableArray<int> order)
    {
        var ancestors = new HashSet<int>[_stages.Length];
        foreach (var i in order) ancestors[i] = [.. parents[i].SelectMany(p => ancestors[p].Append(p))];
        for (var i = 0; i < _stages.Length; i++)
        {
            if (_stages[i].Sla.Locality?.Near is not { } near || ancestors[i].Any(a => _stages[a].Id == near)) continue;
            var reads = ancestors[i].Order().Select(a => _stages[a].Id.ToString()).ToArray();
            var fix = reads.Length == 0 ? "it reads no stage, so remove 'near'" : $"it reads {string.Join(", ", reads)}";
            faults.Error("E1224", $"stage '{_stages[i].Id}' cannot be near '{near}', whose outputs it does not read; {fix}{DidYouMean.Suffix(near.ToString(), reads)}", At(i, "sla.locality.near", "sla.locality"));
        }
    }

    private void CheckUnread()
    {
        var read = _stages.SelectMany(stage => stage.Parents).Append(job.Output.From).ToHashSet();
        for (var i = 0; i < _stages.Length; i++)
        {
            if (!read.Contains(_stages[i].Id)) faults.Warning("W1302", $"nothing reads stage '{_stages[i].Id}' and its outputs are not the results: it is run and paid all the same", At(i, "id"));
        }
    }

    private void CheckDeadlines(ImmutableArray<ImmutableArray<int>> parents, ImmutableArray<int> order)
    {
        // What must pass before a stage can end: own deadlines are promises, windows before a final start are waits.
        var until = new TimeSpan[_stages.Length];
        foreach (var i in order)
        {
            var (stage, own) = (_stages[i], _stages[i].OwnDeadline);
            if (own && stage.Sla.Deadline > job.Sla.Deadline)
            {
                faults.Error("E1221", $"stage '{stage.Id}' may take {Duration.Format(stage.Sla.Deadline)}, longer than the job's deadline {Duration.Format(job.Sla.Deadline)}; lower this one or raise sla.deadline", At(i, "sla.deadline"));
                own = false;
            }

            var before = parents[i].Select(p => until[p] + WaitFor(stage, _stages[p])).DefaultIfEmpty(TimeSpan.Zero).Max();
            until[i] = before + (own ? stage.Sla.Deadline : TimeSpan.Zero);
            if (before < job.Sla.Deadline && until[i] <= job.Sla.Deadline) continue;
            var path = own && before < job.Sla.Deadline ? $"the deadlines of '{stage.Id}' and of what it waits for add up to {Duration.Format(until[i])}" : $"stage '{stage.Id}' cannot open before {Duration.Format(before)}: windows of stages that it waits for come first";
            faults.Error("E1221", $"{path}, and the job's deadline is {Duration.Format(job.Sla.Deadline)}; raise sla.deadline, shorten these, or use 'start: committed'", own ? At(i, "sla.deadline") : At(i, "sla.start", "id"));

            // What waits for it is late for the same reason.
            until[i] = TimeSpan.Zero;
        }
    }

    private static TimeSpan WaitFor(StageSpec stage, StageSpec parent) =>
        stage.Sla.Start == StartOn.Final && parent.Sla.Verification == Verdict.Optimistic ? parent.Sla.Window ?? TimeSpan.Zero : TimeSpan.Zero;

    private void CheckBudgets()
    {
        var own = Enumerable.Range(0, _stages.Length).Where(i => _stages[i].OwnBudget).ToArray();
        if (own.Length == 0 || job.Sla.Budget is not { } budget) return;
        foreach (var i in own.Where(i => !SameSymbol(_stages[i].Sla.Budget!.Value, budget)))
        {
            faults.Error("E1222", $"stage '{_stages[i].Id}' counts its budget in {_stages[i].Sla.Budget!.Value.Symbol}, the job in {budget.Symbol}; write both alike", At(i, "sla.budget"));
            return;
        }

        // All in the smallest decimals that are written.
        var scale = own.Select(i => _stages[i].Sla.Budget!.Value.Scale).Append(budget.Scale).Max();
        if (!budget.TryScale(scale, out var whole)) return;
        var sum = own.Aggregate(BigInteger.Zero, (total, i) => total + (_stages[i].Sla.Budget!.Value.TryScale(scale, out var part) ? part.BaseUnits : UInt128.MaxValue));
        if (sum < whole.BaseUnits || (sum == whole.BaseUnits && own.Length == _stages.Length)) return;
        var what = own.Length == _stages.Length ? "add up to more than" : sum == whole.BaseUnits ? "leave nothing to the others of" : "add up to more than";
        faults.Error("E1222", $"the budgets of {string.Join(", ", own.Select(i => $"'{_stages[i].Id}'"))} {what} the job's {budget}; raise sla.budget or lower theirs", At(own[^1], "sla.budget"));
    }

    private static bool SameSymbol(DecimalAmount a, DecimalAmount b) =>
        a.Symbol is null || b.Symbol is null || a.Symbol.Equals(b.Symbol, StringComparison.OrdinalIgnoreCase);

    private SourceSpan At(int stage, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (reader.TryPlaceOf($"stages[{stage}].{key}", out var span)) return span;
        }

        return reader.PlaceOf($"stages[{stage}].id");
    }
}
