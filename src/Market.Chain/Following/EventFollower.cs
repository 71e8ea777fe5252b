using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Market.Domain.Identity;
using Market.Ethereum.Abi;
using Market.Ethereum.Rpc;
using Market.Hashing;

namespace Market.Chain.Following;

/// <summary>
/// Tells every event of some contracts in order, exactly once as long as the chain keeps its blocks. When it does not, tells
/// how far to go back and goes on from there; likewise when an endpoint turns out to have left events out. Not for concurrent use; after an exception, call again: nothing is lost.
/// </summary>
/// <param name="client">The chain.</param>
/// <param name="options">Intervals and limits.</param>
/// <param name="contracts">Whose events.</param>
/// <param name="events">Which events.</param>
/// <param name="firstBlock">Before it there are none.</param>
/// <param name="cursor">Where an earlier follower stood; empty begins anew.</param>
/// <param name="confirm">
/// Asked before everything known is given up: a reorganisation that takes all of it is likelier another chain behind the
/// endpoint. Throws <see cref="RpcUnreachableException"/> if it is.
/// </param>
/// <param name="time">The clock.</param>
public sealed class EventFollower(
    EthereumClient client,
    FollowerOptions options,
    ImmutableArray<Address> contracts,
    AbiEventSet events,
    ulong firstBlock,
    IEnumerable<ChainPoint> cursor,
    Func<CancellationToken, Task> confirm,
    TimeProvider time)
{
    private readonly List<ChainPoint> _points = [.. cursor];

    // Events told of the newest blocks, by block and place in it, and the first block that all are known of.
    private readonly SortedSet<(ulong Block, ulong Index)> _told = [];
    private ulong _toldFrom = cursor.LastOrDefault() is { } last ? last.Number + 1 : firstBlock;

    /// <summary>Where it stands: keep it, and hand it to a follower later, to go on from there.</summary>
    public ImmutableArray<ChainPoint> Cursor => [.. _points];

    /// <summary>Updates as they come, until cancelled.</summary>
    /// <exception cref="RpcUnreachableException">The endpoint does not answer.</exception>
    /// <exception cref="JsonRpcException">The endpoint refuses.</exception>
    public async IAsyncEnumerable<ChainUpdate> FollowAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        while (true)
        {
            foreach (var update in await PollAsync(cancel)) yield return update;
            await Task.Delay(options.PollInterval, time, cancel);
        }
    }

    /// <summary>All updates up to the newest block; none if nothing changed.</summary>
    /// <exception cref="RpcUnreachableException">The endpoint does not answer.</exception>
    /// <exception cref="JsonRpcException">The endpoint refuses.</exception>
    public async Task<ImmutableArray<ChainUpdate>> PollAsync(CancellationToken cancel)
    {
        var head = await client.BlockAsync(BlockTag.Latest, cancel);
        if (head is null || (_points.Count > 0 && _points[^1].Hash == head.Hash)) return [];
        if (await NextAsync(head, cancel) is { } next) return next;

        var updates = ImmutableArray.CreateBuilder<ChainUpdate>();
        var kept = await CountWholeAsync(await CountKeptAsync(cancel), cancel);
        if (kept == 0 && _points.Count > 0)
        {
            await confirm(cancel);

            // By another endpoint some of it stands: what was seen was not this chain.
            if (await CountKeptAsync(cancel) > 0) return [];
        }

        if (kept < _points.Count) updates.Add(new ChainUpdate.RolledBack(kept == 0 ? null : _points[kept - 1]));

        // Nothing is remembered before it is told whole, so that an exception on the way loses nothing.
        var told = _points.Take(kept).ToList();
        var from = kept == 0 ? firstBlock : told[^1].Number + 1;
        while (from <= head.Number)
        {
            var to = head.Number - from < options.MaxRange ? head.Number : from + options.MaxRange - 1;
            if (await ReadAsync(from, to, told.Count == 0 ? null : told[^1], cancel) is not { } range) break;
            updates.AddRange(range);
            told.AddRange(range.Select(u => u.Head));
            from = to + 1;
        }

        Remember(updates, told);
        return updates.ToImmutable();
    }

    // The usual case, one block on top of what is known, in one more call: the events of that block and, to compare, those of the
    // blocks before it. Null where anything does not fit; then it is looked at closely.
    private async Task<ImmutableArray<ChainUpdate>?> NextAsync(BlockHeader head, CancellationToken cancel)
    {
        if (_points.Count == 0 || head.Number != _points[^1].Number + 1 || head.ParentHash != _points[^1].Hash) return null;
        var told = ImmutableArray.CreateBuilder<ChainEvent>();
        var point = new ChainPoint(head.Number, head.Hash, new UnixTime(head.Timestamp));
        foreach (var log in (await client.LogsAsync(new LogFilter(Math.Min(_toldFrom, head.Number), head.Number, contracts, [.. events.Topics]), cancel)).OrderBy(l => l.LogIndex))
        {
            if (log.BlockNumber == head.Number && log.BlockHash != head.Hash) return null;
            if (!events.TryDecode(log.Topics, log.Data.Memory, out var message)) continue;
            if (log.BlockNumber == head.Number) told.Add(new ChainEvent(message, log.Address, point, log.TransactionHash, log.LogIndex));
            else if (!_told.Contains((log.BlockNumber, log.LogIndex))) return null;
        }

        ImmutableArray<ChainUpdate> updates = [new ChainUpdate.Advanced(point, told.ToImmutable())];
        Remember(updates, [.. _points, point]);
        return updates;
    }

    private void Remember(IEnumerable<ChainUpdate> updates, List<ChainPoint> told)
    {
        foreach (var update in updates)
        {
            if (update is ChainUpdate.RolledBack { To: var to }) _told.RemoveWhere(t => to is null || t.Block > to.Number);
            else if (update is ChainUpdate.Advanced advanced) _told.UnionWith(advanced.Events.Select(e => (e.Block.Number, e.LogIndex)));
        }

        _points.Clear();
        _points.AddRange(told.TakeLast(options.Depth));
        if (_points.Count == 0)
        {
            _toldFrom = firstBlock;
            return;
        }

        _toldFrom = Math.Min(Math.Max(_toldFrom, _points[^1].Number + 1 - Math.Min(options.Overlap, _points[^1].Number + 1)), _points[^1].Number + 1);
        _told.RemoveWhere(t => t.Block < _toldFrom);
    }

    // How many of the points that stand have nothing left out before them, as far back as events are compared. An endpoint that
    // shows less than it did lags again: what it leaves out now is found when it has caught up.
    private async Task<int> CountWholeAsync(int kept, CancellationToken cancel)
    {
        if (kept == 0 || _points[kept - 1].Number < _toldFrom) return kept;
        var logs = await client.LogsAsync(new LogFilter(_toldFrom, _points[kept - 1].Number, contracts, [.. events.Topics]), cancel);
        var missed = logs.Where(l => !_told.Contains((l.BlockNumber, l.LogIndex)) && events.TryDecode(l.Topics, l.Data.Memory, out _)).Select(l => l.BlockNumber).DefaultIfEmpty(ulong.MaxValue).Min();
        return Math.Min(kept, _points.FindIndex(p => p.Number >= missed) is var first and >= 0 ? first : kept);
    }

    // How many of the points, oldest first, are still part of the chain. If one is, so are those before it. Reorganisations are
    // shallow, so look back from the end in growing strides, then halve what is left between.
    private async Task<int> CountKeptAsync(CancellationToken cancel)
    {
        var (kept, fallen) = (0, _points.Count);
        for (var stride = 1; kept == 0 && fallen > 0; stride *= 2)
        {
            var at = Math.Max(0, fallen - stride);
            if (await IsCanonicalAsync(_points[at], cancel)) kept = at + 1;
            else fallen = at;
        }

        while (kept < fallen)
        {
            var middle = (kept + fallen) / 2;
            if (await IsCanonicalAsync(_points[middle], cancel)) kept = middle + 1;
            else fallen = middle;
        }

        return kept;
    }

    private async Task<bool> IsCanonicalAsync(ChainPoint point, CancellationToken cancel) =>
        (await client.BlockAsync(BlockTag.Number(point.Number), cancel))?.Hash == point.Hash;

    /// <summary>The range's blocks with events, and its last block; null if the chain changed while it was read.</summary>
    private async Task<List<ChainUpdate.Advanced>?> ReadAsync(ulong from, ulong to, ChainPoint? before, CancellationToken cancel)
    {
        var logs = await client.LogsAsync(new LogFilter(from, to, contracts, [.. events.Topics]), cancel);
        var updates = new List<ChainUpdate.Advanced>();
        foreach (var block in logs.GroupBy(l => l.BlockNumber).OrderBy(b => b.Key))
        {
            if (await PointAsync(block.Key, cancel) is not { } point) return null;
            var told = ImmutableArray.CreateBuilder<ChainEvent>();
            foreach (var log in block.OrderBy(l => l.LogIndex))
            {
                if (log.BlockHash != point.Hash) return null;
                if (events.TryDecode(log.Topics, log.Data.Memory, out var message)) told.Add(new ChainEvent(message, log.Address, point, log.TransactionHash, log.LogIndex));
            }

            updates.Add(new ChainUpdate.Advanced(point, told.ToImmutable()));
        }

        if (updates.Count == 0 || updates[^1].Head.Number != to)
        {
            if (await PointAsync(to, cancel) is not { } last) return null;
            updates.Add(new ChainUpdate.Advanced(last, []));
        }

        // Logs and blocks were read one after another: only if both ends still stand did they come from one chain.
        if (!await IsCanonicalAsync(updates[^1].Head, cancel)) return null;
        return before is null || await IsCanonicalAsync(before, cancel) ? updates : null;
    }

    private async Task<ChainPoint?> PointAsync(ulong number, CancellationToken cancel) =>
        await client.BlockAsync(BlockTag.Number(number), cancel) is { } block ? new ChainPoint(block.Number, block.Hash, new UnixTime(block.Timestamp)) : null;
}
