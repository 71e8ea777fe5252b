namespace Market.Ethereum.Rpc;

/// <summary>The endpoint answered with an error object. Code and data are the endpoint's own.</summary>
public sealed class JsonRpcException(string method, int code, string message, HexBytes? data)
    : Exception($"{method}: {message} ({code})")
{
    /// <summary>The method that was called.</summary>
    public string Method { get; } = method;

    /// <summary>The error's code: 3 for a revert, -32000 to -32099 for what the endpoint refuses.</summary>
    public int Code { get; } = code;

    /// <summary>The endpoint's text, without the method.</summary>
    public string Reason { get; } = message;

    /// <summary>The error's data if it is hexadecimal: revert data.</summary>
    public HexBytes? RevertData { get; } = data;

    /// <summary>Whether the endpoint only refuses because it is asked too much: -32005 of EIP-1474, or the HTTP status as a code.</summary>
    public bool IsOverload => Code is -32005 or 429;

    /// <summary>Whether a contract reverted, as Hardhat, anvil and geth report it.</summary>
    public bool IsRevert => Code == 3 || RevertData is not null || Reason.Contains("revert", StringComparison.OrdinalIgnoreCase);
}

/// <summary>The endpoint did not answer, or not with JSON-RPC. What the call did is unknown.</summary>
public sealed class RpcUnreachableException(Uri endpoint, string reason, Exception? cause = null)
    : Exception($"{endpoint}: {reason}", cause)
{
    /// <summary>Who was called.</summary>
    public Uri Endpoint { get; } = endpoint;

    /// <summary>What was wrong, without the endpoint's name.</summary>
    public string Reason { get; } = reason;
}
