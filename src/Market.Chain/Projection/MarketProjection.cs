using Market.Chain.Following;

namespace Market.Chain.Projection;

/// <summary>
/// Folds updates into the market's state and goes back when blocks fall out of the chain. One thread applies;
/// <see cref="State"/> may be read from any.
/// </summary>
public sealed class MarketProjection(int depth)
{
    private readonly LinkedList<MarketState> _history = [];
    private volatile MarketState _state = MarketState.Empty;

    /// <summary>Keeps as many states as a follower keeps points by default.</summary>
    public MarketProjection()
        : this(new FollowerOptions().Depth)
    {
    }

    /// <summary>What is known now.</summary>
    public MarketState State => _state;

    /// <summary>Takes the next update of a follower.</summary>
    /// <exception cref="ArgumentException">The update goes back to a block that this projection was not told of.</exception>
    public void Apply(ChainUpdate update)
    {
        switch (update)
        {
            case ChainUpdate.Advanced advanced:
                _history.AddLast(_state.After(advanced));
                if (_history.Count > depth) _history.RemoveFirst();
                break;
            case ChainUpdate.RolledBack { To: null }:
                _history.Clear();
                break;
            case ChainUpdate.RolledBack { To: { } to }:
                while (_history.Last is { } last && last.Value.Head != to) _history.RemoveLast();
                if (_history.Count == 0) throw new ArgumentException($"block {to.Number} is not known", nameof(update));
                break;
        }

        _state = _history.Last?.Value ?? MarketState.Empty;
    }
}
