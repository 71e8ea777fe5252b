using System.Runtime.CompilerServices;
using Market.Chain;
using Market.Chain.Following;
using Market.Chain.Projection;
using Market.Ethereum.Rpc;

namespace Market.Client.Following;

/// <summary>
/// The market as its events tell it, block by block. Lives through an endpoint that is away, and reads everything anew from
/// one that told what cannot be.
/// </summary>
/// <param name="connection">The market.</param>
/// <param name="time">The clock.</param>
/// <param name="trouble">Told in words when the chain is lost and found again.</param>
internal sealed class EventFeed(MarketConnection connection, TimeProvider time, IProgress<string>? trouble)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);

    private EventFollower _follower = connection.Follow();
    private MarketProjection _projection = new();
    private bool _unreachable;

    /// <summary>All that was told.</summary>
    public MarketLedger Ledger { get; private set; } = new();

    /// <summary>What it comes to.</summary>
    public MarketState State => _projection.State;

    /// <summary>Reads up to the newest block; true if anything is new.</summary>
    public async Task<bool> CatchUpAsync(CancellationToken cancel)
    {
        var updates = await _follower.PollAsync(cancel);
        foreach (var update in updates)
        {
            Ledger.Apply(update);
            _projection.Apply(update);
        }

        return updates.Length > 0;
    }

    /// <summary>What is seen after each block, until <paramref name="isOver"/> says so.</summary>
    /// <param name="look">Looks; <see cref="InvalidOperationException"/> says that what was told does not fit together.</param>
    /// <param name="isOver">Whether to stop.</param>
    /// <param name="cancel">Stops.</param>
    public async IAsyncEnumerable<T> WatchAsync<T>(Func<T> look, Func<T, bool> isOver, [EnumeratorCancellation] CancellationToken cancel)
        where T : class
    {
        while (true)
        {
            if (await TryLookAsync(look, cancel) is { } seen)
            {
                yield return seen;
                if (isOver(seen)) yield break;
            }

            await Task.Delay(Poll, time, cancel);
        }
    }

    // Once following works, an endpoint that stops answering is waited for: the job goes on without us. One that leaves an event
    // out tells a story that cannot be.
    private async Task<T?> TryLookAsync<T>(Func<T> look, CancellationToken cancel)
        where T : class
    {
        try
        {
            var changed = await CatchUpAsync(cancel);
            if (_unreachable) trouble?.Report("the chain is reached again");
            _unreachable = false;
            return changed && Ledger.Head is not null ? look() : null;
        }
        catch (Exception e) when (e is RpcUnreachableException or JsonRpcException && Ledger.Head is not null)
        {
            if (!_unreachable) trouble?.Report($"the chain cannot be reached; the job goes on without us, looking again until it can: {e.Message}");
            _unreachable = true;
        }
        catch (InvalidOperationException e)
        {
            trouble?.Report($"what the chain's endpoint told does not fit together; reading everything anew: {e.Message}");
            (_follower, Ledger, _projection) = (connection.Follow(), new MarketLedger(), new MarketProjection());
        }

        return null;
    }
}
