using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Market.Ethereum.Abi;

/// <summary>The custom errors of one or more contracts, found by their selector.</summary>
public sealed class AbiErrorSet
{
    private readonly Dictionary<uint, Func<ReadOnlyMemory<byte>, object>> _decoders = [];

    /// <summary>Adds an error and returns this set. The same error may come from several contracts.</summary>
    public AbiErrorSet Add<TError>()
        where TError : IAbiError<TError>
    {
        _decoders[AbiSignature.Selector(AbiSignature.Of(TError.Name, TError.Components))] = static data => AbiCodec.DecodeArguments<TError>(data);
        return this;
    }

    /// <summary>The error record that revert data holds; false when it is not a whole error of this set.</summary>
    public bool TryDecode(ReadOnlyMemory<byte> revertData, [NotNullWhen(true)] out object? error)
    {
        error = null;
        if (revertData.Length < AbiSignature.SelectorSize) return false;
        if (!_decoders.TryGetValue(BinaryPrimitives.ReadUInt32BigEndian(revertData.Span), out var decode)) return false;
        try
        {
            error = decode(revertData[AbiSignature.SelectorSize..]);
            return true;
        }
        catch (AbiException)
        {
            // Any contract on the way may revert with any bytes; what does not decode is shown raw.
            return false;
        }
    }
}
