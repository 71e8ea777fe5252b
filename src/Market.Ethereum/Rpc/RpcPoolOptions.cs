namespace Market.Ethereum.Rpc;

/// <summary>How several endpoints of one chain are used.</summary>
public sealed record RpcPoolOptions
{
    /// <summary>Limits of each call to each endpoint.</summary>
    public JsonRpcOptions Call { get; init; } = new();

    /// <summary>How often all endpoints are checked and their newest blocks compared.</summary>
    public TimeSpan LookInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Longest wait for one endpoint in such a look.</summary>
    public TimeSpan LookTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long an endpoint rests after its first failure; it doubles with each further one.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest rest.</summary>
    public TimeSpan MaxPause { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Blocks behind the best endpoint from which on another one is preferred.</summary>
    public ulong MaxLag { get; init; } = 3;
}
