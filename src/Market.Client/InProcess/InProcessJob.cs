using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Market.Client.Faults;
using Market.Client.Graphs;
using Market.Client.JobFiles;
using Market.Client.Mapping;
using Market.Domain.Jobs;
using Market.Domain.Progress;

namespace Market.Client.InProcess;

/// <summary>A job that runs while somebody reads its results, and keeps them.</summary>
internal sealed class InProcessJob : JobHandle
{
    private readonly ResolvedJob _job;
    private readonly StageGraph _graph;
    private readonly IAsyncEnumerator<HereOutput> _run;
    private readonly CancellationTokenSource _cancelled = new();
    private readonly List<TaskletOutput> _results = [];
    private JobGraph _stands;
    private bool _over;

    /// <summary>A job that has not begun.</summary>
    public InProcessJob(InProcessMarket market, ResolvedJob job)
    {
        (_job, _graph, _stands) = (job, StageGraph.Of(job.File.Spec), JobGraphs.Of(job));
        _run = market.EnumerateAsync(job, _cancelled.Token).GetAsyncEnumerator();
    }

    /// <inheritdoc/>
    public override string Id => "";

    /// <inheritdoc/>
    public override async IAsyncEnumerable<TaskletOutput> StreamAsync(IProgress<JobGraph>? progress = null, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        for (var next = 0; ; next++)
        {
            while (next == _results.Count && !_over) await StepAsync(progress, cancel);
            if (next == _results.Count) yield break;
            yield return _results[next];
        }
    }

    /// <inheritdoc/>
    public override async Task<JobGraph> WaitAsync(IProgress<JobGraph>? progress = null, CancellationToken cancel = default)
    {
        while (!_over) await StepAsync(progress, cancel);
        return _stands;
    }

    /// <inheritdoc/>
    public override async Task CancelAsync(CancellationToken cancel = default)
    {
        if (_over) throw new MarketException("E2303", ExitCode.Usage, "The job has nothing that could be cancelled.", "read its results");
        _over = true;
        await _cancelled.CancelAsync();
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _run.DisposeAsync();
        _cancelled.Dispose();
    }

    private async Task StepAsync(IProgress<JobGraph>? progress, CancellationToken cancel)
    {
        // Leaving detaches; the tasklet that runs is read by whoever comes next.
        cancel.ThrowIfCancellationRequested();
        if (!await _run.MoveNextAsync())
        {
            _over = true;
            return;
        }

        var output = _run.Current;
        if (output.Stage == _job.Stages.IndexOf(_job.Result)) _results.Add(new TaskletOutput(output.Index, output.Error is null ? output.Output : default, output.FuelUsed, null, output.Error));
        _stands = After(output);
        progress?.Report(_stands);
    }

    private JobGraph After(HereOutput output)
    {
        var at = _graph.Order.IndexOf(output.Stage);
        var (done, total) = ((uint)output.Index + 1, (uint)output.Count);
        ImmutableArray<TaskletRun> cells = [new TaskletRun(0, done, TaskletState.Settled, null, 0), .. done < total ? [TaskletRun.Waiting(done, total)] : Array.Empty<TaskletRun>()];
        var stages = _stands.Stages.SetItem(at, _stands.Stages[at] with { Tasklets = cells, Attempt = 1, State = done < total ? "open" : "final" });
        return _stands with { Stages = stages, State = stages.All(stage => stage.State == "final") ? "finished" : "active" };
    }
}
