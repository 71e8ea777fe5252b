using Market.Chain.Projection;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Node.Chain;
using Market.Node.Hosting;

namespace Market.Node.Storage;

/// <summary>Keeps the journal short: leases that ended long ago are forgotten, far behind any reorganisation.</summary>
internal sealed partial class JournalPruner(Journal journal, MarketProjection projection, ChainHead head, TimeProvider time, ILogger<JournalPruner> logger)
    : ReconcilingService(head, time, logger)
{
    /// <summary>How long after its end a lease is remembered, in seconds of block time.</summary>
    public const ulong RetentionSeconds = 7 * 24 * 3600;

    private const ulong IntervalSeconds = 3600;
    private UnixTime? _last;

    /// <summary>The records that may go at block time <paramref name="now"/>: over here, and ended on the chain long ago.</summary>
    public static IEnumerable<LeaseKey> Old(IEnumerable<LeaseRecord> records, MarketState state, UnixTime now) =>
        from record in records
        where record.IsOver
        let entry = state.Leases.GetValueOrDefault(record.Key)
        where entry is not null && LeaseLifecycle.IsFinal(entry.State) && entry.Changed.Time.Plus(RetentionSeconds) < now
        select record.Key;

    /// <inheritdoc/>
    protected override Task ReconcileAsync(Head now, CancellationToken cancel)
    {
        if (_last is { } last && last.Plus(IntervalSeconds) > now.Time) return Task.CompletedTask;
        _last = now.Time;
        var old = Old(journal.Leases(), projection.State, now.Time).ToList();
        foreach (var lease in old) journal.Forget(lease);
        if (old.Count > 0) LogForgotten(old.Count);
        return Task.CompletedTask;
    }

    [LoggerMessage(4701, LogLevel.Information, "Forgot {Count} leases that ended over a week ago")]
    private partial void LogForgotten(int count);
}
