using Market.Blobs;
using Market.Chain.Generated.ComputeMarket;
using Market.Chain.Jobs;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Offers;
using Market.Domain.Results;
using Market.Hashing;
using Market.Node.Chain;
using Market.Node.Checking;
using Market.Node.Hosting;
using Market.Node.Observing;
using Market.Node.Storage;
using Market.Node.Transfer;
using Market.Sandbox;
using InputRuleTuple = Market.Chain.Generated.JobManager.InputRuleTuple;

namespace Market.Node.Leases;

/// <summary>
/// Runs a lease: gathers blobs by root, runs tasklets on all lanes, stores outputs and the result list. Each finished
/// tasklet is in the journal before the next counts on it, so a crash costs at most what was running.
/// </summary>
internal sealed partial class LeaseWorker(
    BlobStore blobs, BlobGatherer gatherer, InputDeriver deriver, IRuntime runtime, ProgramCheck programs, MachineCheck check, LaneQueue lanes, Journal journal, LeasePins pins, LeaseBoard board, ProviderMetrics metrics, ChainHead head, NodeOptions options, TimeProvider time, ILogger<LeaseWorker> logger)
{
    private const ulong FuelPerMfuel = 1_000_000;
    private const int PageBytes = 64 << 10;
    private const int Tries = 3;

    // The disputes of a result need its inputs and outputs; so does a consumer that was away for a while.
    private static readonly TimeSpan Retention = TimeSpan.FromDays(1);
    private long _reused;

    /// <summary>Tasklets that were answered from the journal instead of being run, since the node started.</summary>
    public long Reused => Interlocked.Read(ref _reused);

    /// <summary>Works until the lease is done or must be handed back.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="terms">Its offer's terms.</param>
    /// <param name="work">Its offer's work.</param>
    /// <param name="rule">Names its inputs if the work has no manifest; null or empty otherwise.</param>
    /// <param name="graceSeconds">From due to expiry.</param>
    /// <param name="due">When it is due: what is due first runs first.</param>
    /// <param name="cancel">Stops the work; what is done stays in the journal.</param>
    public async Task<WorkOutcome> RunAsync(Lease lease, Terms terms, Work work, InputRuleTuple? rule, uint graceSeconds, UnixTime due, CancellationToken cancel)
    {
        var key = lease.Key();
        if ((long)work.MemoryPages * PageBytes > (long)options.MemoryMiB << 20)
        {
            return new WorkOutcome.GiveUp(DeclineReason.TooMuchMemory, $"{(long)work.MemoryPages * PageBytes >> 20} MiB per tasklet; this device gives {options.MemoryMiB}");
        }

        if (check.IsDistrusted(work.ModuleBlob)) return new WorkOutcome.GiveUp(DeclineReason.Other, "engine and step machine differ on this module");
        if (work.OutputLimit > RunLimits.MaxOutputBytes) return new WorkOutcome.GiveUp(DeclineReason.BadModule, $"{work.OutputLimit} bytes of output per tasklet");

        var keepUntil = time.GetUtcNow() + TimeSpan.FromSeconds((double)terms.LeaseSeconds + graceSeconds + terms.WindowSeconds) + Retention;
        Show(lease, LeaseStage.Fetching, 0, null);
        var (module, inputs, missing) = await GatherAsync(lease, terms, work, rule, keepUntil, cancel);
        if (missing is not null) return missing;

        Show(lease, LeaseStage.Running, 0, null);
        journal.Save(new LeaseRecord(lease, LeaseStage.Running));
        var limits = new RunLimits(terms.Mfuel * FuelPerMfuel, work.MemoryPages, work.OutputLimit, TimeSpan.FromSeconds((double)terms.LeaseSeconds + graceSeconds));
        var outcome = await RunAllAsync(lease, work.ModuleBlob, module!, inputs!, limits, due, keepUntil, cancel);
        LogRan(key, lease.Device.Value, outcome.ToString());
        return outcome;
    }

    /// <summary>What answers a demand; null if what it needs is no longer held.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="root">The committed root.</param>
    /// <param name="what">What is demanded.</param>
    /// <param name="cancel">Stops.</param>
    public async Task<DemandAnswer?> AnswerAsync(Lease lease, Hash256 root, DemandTuple what, CancellationToken cancel)
    {
        if (!lease.Holds(what.Index)) return null;
        if (await blobs.ReadAsync(ResultList.NameOf(root, lease.Count), cancel) is not { } content || !ResultList.TryDecode(content, out var list)) return null;
        if (!what.Output) return DemandAnswer.Of(what, lease.First, list!, []);
        var output = await blobs.ReadAsync(list!.Results[(int)(what.Index - lease.First)].Output, cancel);
        return output is null ? null : DemandAnswer.Of(what, lease.First, list, output);
    }

    private async Task<(PreparedModule? Module, ManifestRecord[]? Inputs, WorkOutcome.GiveUp? Missing)> GatherAsync(
        Lease lease, Terms terms, Work work, InputRuleTuple? rule, DateTimeOffset keepUntil, CancellationToken cancel)
    {
        WorkOutcome.GiveUp Unavailable(string what) => new(DeclineReason.Unavailable, what);
        using var span = LeaseTrace.Start("fetch", lease);
        var patience = TimeSpan.FromSeconds(Math.Min(30, terms.LeaseSeconds / 4.0));
        BlobName[] common = work.Inputs == InputKind.Manifest ? [work.ModuleBlob, work.ManifestBlob(terms.Total)] : [work.ModuleBlob];
        pins.PinInputs(lease.Key(), common);
        if (await gatherer.GatherAsync(common, keepUntil, patience, cancel) is { } first) return (null, null, Unavailable(first));

        var (inputs, missing) = work.Inputs == InputKind.Manifest
            ? await ListedAsync(lease, terms, work, keepUntil, patience, cancel)
            : await DerivedAsync(lease, work, rule, keepUntil, patience, cancel);
        if (inputs is null) return (null, null, missing);
        if (Misshapen(inputs) is { } wrong) return (null, null, wrong);

        if (await blobs.ReadAsync(work.ModuleBlob, cancel) is not { } code) return (null, null, Unavailable("the module was dropped"));
        // A run that the step machine would judge by another program, or could not begin, must not be committed to.
        if (await programs.FaultAsync(terms, work, code, cancel) is { } fault) return (null, null, new WorkOutcome.GiveUp(DeclineReason.BadModule, fault));

        for (var tries = 1; ; tries++)
        {
            switch (await runtime.PrepareAsync(work.ModuleBlob, code, cancel))
            {
                case Preparation.Ready ready: return (ready.Module, inputs, null);
                case Preparation.Refused refused: return (null, null, new WorkOutcome.GiveUp(DeclineReason.BadModule, refused.Reason));
                case Preparation.GaveUp gaveUp when tries == Tries: return (null, null, new WorkOutcome.GiveUp(DeclineReason.Other, $"{gaveUp.Reason}: {gaveUp.Detail}"));
                default: break;
            }
        }
    }

    private async Task<(ManifestRecord[]? Inputs, WorkOutcome.GiveUp? Missing)> DerivedAsync(
        Lease lease, Work work, InputRuleTuple? rule, DateTimeOffset keepUntil, TimeSpan patience, CancellationToken cancel) =>
        rule is null || rule.Hash() != work.Manifest || (byte)rule.Kind != (byte)work.Inputs
            ? (null, new WorkOutcome.GiveUp(DeclineReason.BadModule, "nobody announced the rule of its inputs"))
            : await deriver.DeriveAsync(lease, rule, keepUntil, patience, cancel);

    private async Task<(ManifestRecord[]? Inputs, WorkOutcome.GiveUp? Missing)> ListedAsync(
        Lease lease, Terms terms, Work work, DateTimeOffset keepUntil, TimeSpan patience, CancellationToken cancel)
    {
        if (await blobs.ReadAsync(work.ManifestBlob(terms.Total), cancel) is not { } manifestBytes) return (null, new WorkOutcome.GiveUp(DeclineReason.Unavailable, "the manifest was dropped"));
        if (!Manifest.TryDecode(manifestBytes, out var manifest) || manifest!.Records.Length != terms.Total)
        {
            return (null, new WorkOutcome.GiveUp(DeclineReason.BadModule, "the manifest is malformed"));
        }

        var inputs = manifest.Records.AsSpan((int)lease.First, (int)lease.Count).ToArray();
        if (Misshapen(inputs) is { } wrong) return (null, wrong);
        BlobName[] names = [.. inputs.SelectMany(i => new[] { i.Frame, i.Stdin }).Distinct()];
        pins.PinInputs(lease.Key(), names);
        if (await gatherer.GatherAsync(names, keepUntil, patience, cancel) is { } second) return (null, new WorkOutcome.GiveUp(DeclineReason.Unavailable, second));

        return (inputs, null);
    }

    private static WorkOutcome.GiveUp? Misshapen(ManifestRecord[] inputs) =>
        Array.Find(inputs, i => i.InputLength > RunLimits.MaxInputBytes || i.Frame.Length % ByteTree.LeafSize != 0) == default
            ? null
            : new WorkOutcome.GiveUp(DeclineReason.BadModule, "an input is too long, or its frame is not whole leaves");

    private async Task<WorkOutcome> RunAllAsync(
        Lease lease, BlobName name, PreparedModule module, ManifestRecord[] inputs, RunLimits limits, UnixTime due, DateTimeOffset keepUntil, CancellationToken cancel)
    {
        using var span = LeaseTrace.Start("run", lease);
        span?.SetTag("market.tasklets", (long)lease.Count);
        var key = lease.Key();
        var results = new TaskletResult?[lease.Count];
        foreach (var (tasklet, result) in journal.Results(key))
        {
            if (lease.Holds(tasklet) && blobs.Keep(result.Output, keepUntil)) results[tasklet - lease.First] = result;
        }

        pins.Pin(key, results.OfType<TaskletResult>().Select(r => r.Output));
        var done = (uint)results.Count(r => r is not null);
        var reused = 0;
        var ticks = 0L;
        var begun = false;
        Show(lease, LeaseStage.Running, done, null);
        WorkOutcome.GiveUp? failure = null;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var open = Enumerable.Range(0, results.Length).Where(i => results[i] is null);
        try
        {
            await Parallel.ForEachAsync(open, new ParallelOptions { MaxDegreeOfParallelism = options.Lanes, CancellationToken = stop.Token }, async (i, token) =>
            {
                using var lane = await lanes.EnterAsync(due, token);
                if (Interlocked.Exchange(ref begun, true) is false) Show(lease, LeaseStage.Running, Volatile.Read(ref done), null, begun: true);
                var run = RunKey.Of(name, inputs[i], limits);
                var (result, gaveUp) = (journal.FindRun(run), default(WorkOutcome.GiveUp));
                if (result is { } known && blobs.Keep(known.Output, keepUntil)) Interlocked.Increment(ref reused);
                else
                {
                    var started = time.GetTimestamp();
                    (result, gaveUp) = await RunOneAsync(module, inputs[i], limits, keepUntil, token);
                    Interlocked.Add(ref ticks, time.GetElapsedTime(started).Ticks);
                }

                if (result is { } finished)
                {
                    results[i] = finished;
                    pins.Pin(key, [finished.Output]);
                    journal.SaveResult(key, lease.First + (uint)i, run, finished);
                    Show(lease, LeaseStage.Running, Interlocked.Increment(ref done), null, begun: true);
                    return;
                }

                // One tasklet that cannot be run spoils the whole lease: a root covers all or none.
                Interlocked.CompareExchange(ref failure, gaveUp! with { Detail = $"tasklet {lease.First + i}: {gaveUp!.Detail}" }, null);
                await stop.CancelAsync();
            });
        }
        catch (OperationCanceledException) when (failure is not null && !cancel.IsCancellationRequested)
        {
            // The reason is in failure.
        }

        if (reused > 0)
        {
            Interlocked.Add(ref _reused, reused);
            LogReused(key, reused, results.Length);
        }

        if (failure is not null) return failure;
        TaskletResult[] found = [.. results.Select(r => r!.Value)];
        if (await check.DoubtAsync(name, inputs, found, lease.First, limits, TimeSpan.FromTicks(ticks), due, head.Current.Time, cancel) is { } doubt) return new WorkOutcome.GiveUp(DeclineReason.Other, doubt);
        var list = new ResultList(found);
        var put = await blobs.PutAsync(list.Content, cancel);
        if (put.Outcome != BlobOutcome.Stored) return new WorkOutcome.GiveUp(DeclineReason.Other, $"the result list could not be stored: {put.Outcome}");
        blobs.Keep(put.Name, keepUntil);
        pins.Pin(key, [put.Name]);
        return new WorkOutcome.Done(put.Name.Root);
    }

    private async Task<(TaskletResult? Result, WorkOutcome.GiveUp? GaveUp)> RunOneAsync(
        PreparedModule module, ManifestRecord input, RunLimits limits, DateTimeOffset keepUntil, CancellationToken cancel)
    {
        for (var tries = 1; ; tries++)
        {
            var frame = await blobs.ReadAsync(input.Frame, cancel);
            var stdin = await blobs.ReadAsync(input.Stdin, cancel);
            if (frame is null || stdin is null) return (null, new WorkOutcome.GiveUp(DeclineReason.Unavailable, "an input was dropped"));

            var started = time.GetTimestamp();
            switch (await runtime.RunAsync(new TaskletRun(module, frame, stdin, limits), cancel))
            {
                case RunOutcome.Halted halted:
                    var took = time.GetElapsedTime(started);
                    var put = await blobs.PutAsync(halted.Output, cancel);
                    if (put.Outcome != BlobOutcome.Stored) return (null, new WorkOutcome.GiveUp(DeclineReason.Other, $"an output could not be stored: {put.Outcome}"));
                    blobs.Keep(put.Name, keepUntil);
                    var result = new TaskletResult(halted.Status, halted.ExitCode, halted.FuelUsed, put.Name);
                    metrics.TaskletRan(result, took);
                    return (result, null);
                case RunOutcome.Refused refused:
                    return (null, new WorkOutcome.GiveUp(DeclineReason.BadModule, refused.Reason));
                case RunOutcome.GaveUp gaveUp:
                    metrics.TaskletGivenUp();
                    LogGaveUp(gaveUp.Reason, gaveUp.Detail, tries);
                    if (tries == Tries) return (null, new WorkOutcome.GiveUp(DeclineReason.Other, $"{gaveUp.Reason}: {gaveUp.Detail}"));
                    break;
                default:
                    throw new InvalidOperationException("the outcomes are closed");
            }
        }
    }

    private void Show(Lease lease, LeaseStage stage, uint done, string? detail, bool begun = false) =>
        board.Set(lease.Key(), new LeaseProgress(lease, stage, done, null, detail) { Begun = begun });

    [LoggerMessage(4210, LogLevel.Information, "Lease {Lease} of d-{Device} ran: {Outcome}")]
    private partial void LogRan(LeaseKey lease, uint device, string outcome);

    [LoggerMessage(4212, LogLevel.Information, "Lease {Lease}: {Reused} of {Total} tasklets were run before; their results are used again")]
    private partial void LogReused(LeaseKey lease, int reused, int total);

    [LoggerMessage(4211, LogLevel.Warning, "A tasklet was given up ({Reason}: {Detail}), try {Try}")]
    private partial void LogGaveUp(GiveUpReason reason, string detail, int @try);
}
