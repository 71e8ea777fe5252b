namespace Market.Ethereum.Rpc;

/// <summary>What is known of an endpoint.</summary>
public enum RpcEndpointState
{
    /// <summary>Not asked yet, or silent since: it is checked before it is used.</summary>
    Unchecked,

    /// <summary>It serves the chain that is meant.</summary>
    Good,

    /// <summary>It is so many blocks behind that it is used only if no other answers.</summary>
    Lagging,

    /// <summary>It does not answer, or not with JSON-RPC.</summary>
    Failing,

    /// <summary>It serves another chain, or another market on it; nothing it says is used.</summary>
    Foreign,
}

/// <summary>One endpoint of a pool.</summary>
/// <param name="Endpoint">Its URL.</param>
/// <param name="State">What is known of it.</param>
/// <param name="Detail">Why it is failing or foreign.</param>
public sealed record RpcEndpointStatus(Uri Endpoint, RpcEndpointState State, string? Detail);

/// <summary>An endpoint with its memory; guarded by the pool's lock.</summary>
internal sealed class RpcEndpoint(Uri uri, RpcPoolOptions options, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _checking = new(1);
    private int _failures;

    public JsonRpcClient Client { get; } = new(uri, options.Call, time);

    public RpcEndpointState State { get; private set; }

    public string? Detail { get; private set; }

    /// <summary>Before then it is asked only if nobody else can be; a timestamp of the clock.</summary>
    public long NotBefore { get; private set; }

    public bool IsUsable => State is RpcEndpointState.Good or RpcEndpointState.Lagging;

    public void Succeed(bool lagging)
    {
        (State, Detail, _failures, NotBefore) = (lagging ? RpcEndpointState.Lagging : RpcEndpointState.Good, null, 0, 0);
    }

    public void Fail(RpcEndpointState state, string detail)
    {
        var pause = options.FirstPause * Math.Pow(2, Math.Min(_failures++, 16));
        if (pause > options.MaxPause || state == RpcEndpointState.Foreign) pause = options.MaxPause;
        (State, Detail, NotBefore) = (state, detail, time.GetTimestamp() + (long)(pause.TotalSeconds * time.TimestampFrequency));
    }

    /// <summary>Lets one caller at a time check it; the others then see what came of it.</summary>
    public async Task<IDisposable> EnterCheckAsync(CancellationToken cancel)
    {
        await _checking.WaitAsync(cancel);
        return new Turn(_checking);
    }

    public void Dispose()
    {
        Client.Dispose();
        _checking.Dispose();
    }

    private sealed class Turn(SemaphoreSlim checking) : IDisposable
    {
        public void Dispose() => checking.Release();
    }
}
