using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Market.Ethereum.Rpc;

/// <summary>JSON-RPC to one chain: by one endpoint, <see cref="JsonRpcClient"/>, or by several, <see cref="RpcPool"/>. Safe for concurrent use.</summary>
public interface IJsonRpc : IDisposable
{
    /// <summary>Who is asked now.</summary>
    Uri Endpoint { get; }

    /// <summary>Calls a method that may safely be called twice.</summary>
    /// <exception cref="JsonRpcException">The endpoint answered with an error.</exception>
    /// <exception cref="RpcUnreachableException">Nobody answered.</exception>
    Task<T?> CallAsync<T>(string method, JsonArray parameters, JsonTypeInfo<T> type, CancellationToken cancel);

    /// <summary>Calls a method that must not be called twice.</summary>
    /// <exception cref="JsonRpcException">The endpoint answered with an error.</exception>
    /// <exception cref="RpcUnreachableException">It did not answer; whether the call took effect is unknown.</exception>
    Task<T?> CallOnceAsync<T>(string method, JsonArray parameters, JsonTypeInfo<T> type, CancellationToken cancel);
}
