using System.Collections.Immutable;
using System.Numerics;
using Market.Ethereum.Rlp;
using Market.Ethereum.Signing;
using Market.Hashing;

namespace Market.Ethereum.Transactions;

/// <summary>A type 2 transaction before it is signed. Source: EIP-1559. All amounts are in wei.</summary>
/// <param name="ChainId">The only chain that will take it.</param>
/// <param name="Nonce">How many transactions the sender has sent before.</param>
/// <param name="MaxPriorityFeePerGas">Most paid to the block's proposer per gas.</param>
/// <param name="MaxFeePerGas">Most paid per gas in all.</param>
/// <param name="GasLimit">Most gas used.</param>
/// <param name="To">Null to create a contract.</param>
/// <param name="Value">Wei sent along.</param>
/// <param name="Data">Call data or initialisation code.</param>
public sealed record Eip1559Transaction(
    ulong ChainId,
    ulong Nonce,
    UInt128 MaxPriorityFeePerGas,
    UInt128 MaxFeePerGas,
    ulong GasLimit,
    Address? To,
    BigInteger Value,
    HexBytes Data)
{
    internal const byte Type = 2;

    /// <summary>Storage announced beforehand (EIP-2930).</summary>
    public ImmutableArray<AccessListEntry> AccessList { get; init; } = [];

    /// <summary>What the sender signs.</summary>
    public Hash256 SigningHash() => Keccak256.Hash([Type, .. RlpWriter.List(WriteFields)]);

    /// <summary>Signs it.</summary>
    public SignedTransaction Sign(EthereumKey key) => Attach(key.Sign(SigningHash()), key.Address);

    /// <summary>Joins it with a signature of <paramref name="sender"/>.</summary>
    internal SignedTransaction Attach(EcdsaSignature signature, Address sender)
    {
        byte[] raw =
        [
            Type,
            .. RlpWriter.List(writer =>
            {
                WriteFields(writer);
                writer.WriteInteger(signature.IsOdd ? 1 : 0);
                writer.WriteInteger(ToInteger(signature.R));
                writer.WriteInteger(ToInteger(signature.S));
            }),
        ];
        return new SignedTransaction(this, signature, sender, HexBytes.Wrap(raw), Keccak256.Hash(raw));
    }

    private static BigInteger ToInteger(Hash256 word) => new(word.ToArray(), isUnsigned: true, isBigEndian: true);

    private void WriteFields(RlpWriter writer)
    {
        writer.WriteInteger(ChainId);
        writer.WriteInteger(Nonce);
        writer.WriteInteger(MaxPriorityFeePerGas);
        writer.WriteInteger(MaxFeePerGas);
        writer.WriteInteger(GasLimit);
        writer.WriteBytes(To is { } to ? to.ToArray() : []);
        writer.WriteInteger(Value);
        writer.WriteBytes(Data.Span);
        writer.WriteList(list =>
        {
            foreach (var entry in AccessList)
            {
                list.WriteList(item =>
                {
                    item.WriteBytes(entry.Address.ToArray());
                    item.WriteList(keys =>
                    {
                        foreach (var key in entry.StorageKeys) keys.WriteBytes(key.ToArray());
                    });
                });
            }
        });
    }
}
