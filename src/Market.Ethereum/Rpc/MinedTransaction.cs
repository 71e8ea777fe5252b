using System.Collections.Immutable;
using System.Numerics;
using System.Text.Json.Serialization;
using Market.Ethereum.Signing;
using Market.Ethereum.Transactions;
using Market.Hashing;

namespace Market.Ethereum.Rpc;

/// <summary>A block's transactions, whole.</summary>
internal sealed record BlockTransactions([property: JsonRequired] ImmutableArray<MinedTransaction> Transactions);

/// <summary>A transaction as a block tells it; fees and value in wei, v the parity. Other types than 2 leave fields out. Access lists are not read.</summary>
internal sealed record MinedTransaction(
    [property: JsonRequired] Hash256 Hash,
    [property: JsonRequired] Address From,
    ulong Type,
    ulong ChainId,
    ulong Nonce,
    UInt128 MaxPriorityFeePerGas,
    UInt128 MaxFeePerGas,
    ulong Gas,
    Address? To,
    UInt128 Value,
    HexBytes Input,
    string R,
    string S,
    ulong V)
{
    /// <summary>The bytes that its sender signed and sent; compare the hash, since what was not read is missing.</summary>
    public SignedTransaction ToSigned() =>
        new Eip1559Transaction(ChainId, Nonce, MaxPriorityFeePerGas, MaxFeePerGas, Gas, To, (BigInteger)Value, Input)
            .Attach(new EcdsaSignature(Word(R), Word(S), V == 1), From);

    // Quantities come without leading zeros.
    private static Hash256 Word(string quantity) => Hash256.Parse("0x" + quantity[2..].PadLeft(2 * Hash256.Size, '0'));
}
