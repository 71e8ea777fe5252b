using Market.Chain.Generated.ComputeMarket;
using Market.Chain.Projection;
using Market.Chain.Transactions;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Scheduling;
using Market.Node.Bidding;
using Market.Node.Chain;
using Market.Node.Hosting;
using Market.Node.Observing;
using Market.Node.Storage;

namespace Market.Node.Leases;

/// <summary>
/// Brings one lease to its end: at each block it compares chain and journal and does the one thing that is due. It can be
/// stopped anywhere and started anew; two are never run for one lease.
/// </summary>
internal sealed partial class LeaseActor(
    Lease lease, MarketAccess market, MarketProjection projection, Journal journal, LeasePins pins, LeaseBoard board, LeaseWorker worker, OpenDemands demands, Respite respite, Drain drain, ProviderMetrics metrics, ChainHead head, TimeProvider time, NodeOptions options, ILogger logger)
{
    // What was sent shows in the projection a moment later.
    private const uint PauseSeconds = 3;
    private readonly LeaseKey _key = lease.Key();

    /// <summary>Does what is due; true when the lease is over.</summary>
    public async Task<bool> StepAsync(CancellationToken cancel)
    {
        var state = projection.State;
        var record = journal.Find(_key);
        var entry = state.Leases.GetValueOrDefault(_key);
        var offer = state.Offers.GetValueOrDefault(lease.Offer);
        var now = head.Current.Time;

        // The wait for the end of a window can be long; nothing needs to be asked of the chain in it.
        if (record?.Stage == LeaseStage.Committed && entry is { State: LeaseState.Committed, FinalAt: { } final, Demanded: false } && now <= final)
        {
            Show(record.Stage, record, null);
            return false;
        }

        var status = await market.Market.LeaseAsync(_key, cancel);
        var ended = entry is not null && LeaseLifecycle.IsFinal(entry.State) ? entry.State : (LeaseState?)null;
        switch (LeasePlanner.Next(record, status, ended, projection.State.Devices.GetValueOrDefault(market.Device) is { Slashed: true }, market.Parameters.GraceSeconds, now))
        {
            case LeaseAct.Work when offer is not null:
                try
                {
                    await WorkAsync(offer, entry, cancel);
                }
                catch (Exception e) when (e is IOException or LiteDB.LiteException)
                {
                    // Without a journal nothing may be run or committed. Handing back costs less than letting it expire.
                    LogUnwritable(e, _key);
                    await SendAsync("decline", () => market.Account.DeclineAsync(offer.Terms, lease, (byte)DeclineReason.Other, cancel));
                    return false;
                }

                return await StepAsync(cancel);
            case LeaseAct.Commit commit when offer is not null:
                Show(LeaseStage.Committing, record, null);
                await SendAsync("commit", () => market.Account.CommitAsync(offer.Terms, lease, commit.Root, cancel));
                return false;
            case LeaseAct.Decline decline when offer is not null:
                Show(LeaseStage.Declining, record, record?.Reason);
                await SendAsync("decline", () => market.Account.DeclineAsync(offer.Terms, lease, decline.Reason, cancel));
                return false;
            case LeaseAct.Answer when offer is not null && record?.Root is { } root && demands.Find(_key) is { } what:
                if (await worker.AnswerAsync(lease, root, what, cancel) is { } answer)
                {
                    await SendAsync("answer", () => market.Account.SendAsync(answer.ToFunction(offer.Terms, lease), cancel));
                    return false;
                }

                LogUnanswerable(_key, what.Index);
                return false;
            case LeaseAct.Settle when offer is not null:
                await SendAsync("settle", () => market.Account.SettleAsync(offer.Terms, [lease], cancel));
                return false;
            case LeaseAct.Note note:
                record = record! with { Stage = note.Stage, Reason = note.Reason ?? record.Reason };
                journal.Save(record);
                Show(note.Stage, record, record.Reason);
                break;
            default:
                if (record is not null) Show(record.Stage, record, record.Reason);
                break;
        }

        if (entry is null && status.State == LeaseStateCode.None)
        {
            // The match fell out of the chain. Should it come back, so does an actor.
            board.Forget(_key);
            pins.Release(_key);
            return true;
        }

        if (ended is null) return false;
        if (record is { IsOver: true }) End(record, entry);
        return record is not { IsOver: false };
    }

    private async Task WorkAsync(OfferEntry offer, LeaseEntry? entry, CancellationToken cancel)
    {
        if (journal.Find(_key) is null)
        {
            journal.Save(new LeaseRecord(lease, LeaseStage.Fetching));
            LogTaken(_key, lease.First, lease.End, offer.Id.ToString(), entry?.Due.ToString() ?? "");
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel, drain.Over);
        var work = worker.RunAsync(lease, offer.Terms, offer.Work, projection.State.Rules.GetValueOrDefault(offer.Id), market.Parameters.GraceSeconds, entry?.Due ?? head.Current.Time.Plus(offer.Terms.LeaseSeconds), stop.Token);
        var (judge, started) = (new LeaseJudge(lease, Math.Min((uint)options.Lanes, lease.Count)), time.GetTimestamp());
        var (late, appeared) = ((HandBack?)null, new UnixTime(0));
        while (!work.IsCompleted)
        {
            var changed = head.NextChange;
            if (board.Find(_key) is { Stage: LeaseStage.Running, Begun: true, Done: var done } && Left() is { } left)
            {
                late ??= judge.Look(time.GetElapsedTime(started), done, left);
            }

            if (late is not null || IsHopeless()) await stop.CancelAsync();
            else if (IsAwaited() && head.Current.Time > appeared.Plus(PauseSeconds))
            {
                await SendAsync("appear", () => market.Account.AppearAsync(offer.Terms, lease, cancel));
                appeared = head.Current.Time;
            }

            await Task.WhenAny(work, changed);
        }

        try
        {
            switch (await work)
            {
                case WorkOutcome.Done done:
                    journal.Save(new LeaseRecord(lease, LeaseStage.Committing, done.Root));
                    break;
                case WorkOutcome.GiveUp gaveUp:
                    LogGivenUp(_key, gaveUp.Reason, gaveUp.Detail);
                    journal.Save(new LeaseRecord(lease, LeaseStage.Declining, null, gaveUp.Detail, (byte)gaveUp.Reason));
                    break;
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            if (drain.Over.IsCancellationRequested)
            {
                journal.Save(new LeaseRecord(lease, LeaseStage.Declining, null, "this node is going down", (byte)DeclineReason.ShuttingDown));
                return;
            }

            if (late is not null && !IsHopeless())
            {
                // Results so far stay in the journal, should the range come back; the chain takes a lease's results only all together.
                LogTooSlow(_key, board.Find(_key)?.Done ?? 0, lease.Count, late.Why.Expected!.Value.TotalSeconds, late.Why.Instead!.Value.TotalSeconds);
                respite.Begin(TimeSpan.FromSeconds(offer.Terms.LeaseSeconds));
                journal.Save(new LeaseRecord(lease, LeaseStage.Declining, null, late.Why.ToString(), (byte)DeclineReason.TooSlow));
                return;
            }

            // Not ours any more, or too late for any result: the chain tells at the next look.
            journal.Save(new LeaseRecord(lease, LeaseStage.Lost, null, "the lease ended before its work"));
        }
    }

    /// <summary>Until the chain takes no result any more, by the newest block; null while the chain does not know the lease.</summary>
    private TimeSpan? Left() => projection.State.Leases.TryGetValue(_key, out var entry)
        ? TimeSpan.FromSeconds((double)entry.Due.Seconds + market.Parameters.GraceSeconds - head.Current.Time.Seconds)
        : null;

    private bool IsHopeless()
    {
        // A lease that a reorganisation took away may come back with the next block, so the work goes on meanwhile.
        if (!projection.State.Leases.TryGetValue(_key, out var entry)) return false;
        return entry.State != LeaseState.Leased || head.Current.Time.Seconds >= entry.Due.Seconds + market.Parameters.GraceSeconds;
    }

    /// <summary>Whether the consumer does not hear of this device and had it summoned. A commitment answers that too.</summary>
    private bool IsAwaited() => projection.State.Leases.TryGetValue(_key, out var entry) && entry is { State: LeaseState.Leased, AppearBy: not null };

    private async Task SendAsync(string what, Func<Task<SendOutcome>> send)
    {
        using var span = LeaseTrace.Start(what, lease);
        var outcome = await send();
        span?.SetTag("market.result", outcome.Name);
        if (outcome is SendOutcome.Mined mined) LogSent(what, _key, mined.Receipt.BlockNumber, mined.Receipt.GasUsed);
        else LogNotSent(what, _key, outcome.Describe());
    }

    private void End(LeaseRecord record, LeaseEntry? entry)
    {
        journal.DropResults(_key);
        pins.Release(_key);
        metrics.LeaseEnded(record.Stage);
        if (record.Stage == LeaseStage.Settled) LogPaid(_key, market.Asset.Format(entry?.Paid ?? Amount.Zero));
        else LogLost(_key, record.Reason ?? "", market.Asset.Format(entry?.Penalty ?? Amount.Zero));
    }

    private void Show(LeaseStage stage, LeaseRecord? record, string? detail)
    {
        var done = record?.Root is not null ? lease.Count : board.Find(_key)?.Done ?? 0;
        board.Set(_key, new LeaseProgress(lease, stage, done, record?.Root, detail));
    }

    [LoggerMessage(4201, LogLevel.Information, "Lease {Lease}: tasklets {First} to {End} of offer {Offer}, due {Due}")]
    private partial void LogTaken(LeaseKey lease, uint first, ulong end, string offer, string due);

    [LoggerMessage(4202, LogLevel.Information, "Lease {Lease}: {What} in block {Block}, {Gas} gas")]
    private partial void LogSent(string what, LeaseKey lease, ulong block, ulong gas);

    [LoggerMessage(4203, LogLevel.Warning, "Lease {Lease}: {What} did not take effect: {Outcome}; looking at the chain again")]
    private partial void LogNotSent(string what, LeaseKey lease, string outcome);

    [LoggerMessage(4204, LogLevel.Warning, "Lease {Lease} is handed back ({Reason}): {Detail}")]
    private partial void LogGivenUp(LeaseKey lease, DeclineReason reason, string detail);

    [LoggerMessage(4209, LogLevel.Warning, "Lease {Lease} is handed back as too slow: {Done} of {Count} tasklets done, it would end in {EndsIn:0.0} s and can be committed for {Left:0.0} s")]
    private partial void LogTooSlow(LeaseKey lease, uint done, uint count, double endsIn, double left);

    [LoggerMessage(4207, LogLevel.Error, "Lease {Lease}: tasklet {Tasklet} is demanded and this node holds it no more; the lease falls with its bond")]
    private partial void LogUnanswerable(LeaseKey lease, uint tasklet);

    [LoggerMessage(4208, LogLevel.Error, "Lease {Lease} is handed back: this node cannot write its data directory")]
    private partial void LogUnwritable(Exception exception, LeaseKey lease);

    [LoggerMessage(4205, LogLevel.Information, "Lease {Lease} paid {Paid}")]
    private partial void LogPaid(LeaseKey lease, string paid);

    [LoggerMessage(4206, LogLevel.Warning, "Lease {Lease} is lost: {Reason}; it cost {Penalty}")]
    private partial void LogLost(LeaseKey lease, string reason, string penalty);
}
