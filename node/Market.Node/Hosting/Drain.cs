namespace Market.Node.Hosting;

/// <summary>Whether the node takes new work. Once set it stays set: the node ends or starts anew.</summary>
internal sealed class Drain : IDisposable
{
    private readonly CancellationTokenSource _begun = new();
    private readonly CancellationTokenSource _over = new();

    /// <summary>Fires when the node stops taking new work.</summary>
    public CancellationToken Begun => _begun.Token;

    /// <summary>Fires when what still runs is to be handed back.</summary>
    public CancellationToken Over => _over.Token;

    /// <summary>Whether the node takes no new work.</summary>
    public bool IsDraining => _begun.IsCancellationRequested;

    /// <summary>Stops taking new work.</summary>
    public void Begin() => _begun.Cancel();

    /// <summary>Has what still runs handed back.</summary>
    public void End() => _over.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        _begun.Dispose();
        _over.Dispose();
    }
}
