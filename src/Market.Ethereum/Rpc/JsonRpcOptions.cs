namespace Market.Ethereum.Rpc;

/// <summary>Limits of a JSON-RPC client.</summary>
public sealed record JsonRpcOptions
{
    /// <summary>Longest wait for one answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Largest answer in bytes.</summary>
    public long MaxResponseBytes { get; init; } = 64 << 20;
}
