namespace Market.Ethereum.Abi;

/// <summary>Bytes are not the canonical ABI encoding of the expected types.</summary>
public sealed class AbiException : FormatException
{
    /// <summary>Says nothing more.</summary>
    public AbiException()
    {
    }

    /// <summary>Says what was found.</summary>
    public AbiException(string message)
        : base(message)
    {
    }

    /// <summary>Says what was found and what caused it.</summary>
    public AbiException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
