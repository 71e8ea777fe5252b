namespace Market.Ethereum.Rpc;

/// <summary>Which block's state is asked for.</summary>
public readonly record struct BlockTag
{
    private readonly string? _text;

    private BlockTag(string text) => _text = text;

    /// <summary>The newest block.</summary>
    public static BlockTag Latest => default;

    /// <summary>The newest block with what waits to be mined.</summary>
    public static BlockTag Pending => new("pending");

    /// <summary>A height.</summary>
    public static BlockTag Number(ulong height) => new(RpcQuantity.Format(height));

    /// <summary>As JSON-RPC writes it.</summary>
    public override string ToString() => _text ?? "latest";
}
