using System.Collections.Immutable;
using Market.Ethereum.Rlp;
using Market.Ethereum.Signing;
using Market.Hashing;

namespace Market.Ethereum.Transactions;

/// <summary>A transaction ready to be sent, any number of times: the hash names it.</summary>
public sealed record SignedTransaction(
    Eip1559Transaction Transaction, EcdsaSignature Signature, Address Sender, HexBytes Raw, Hash256 Hash)
{
    /// <summary>Reads a raw type 2 transaction and recovers its sender.</summary>
    /// <exception cref="FormatException"><paramref name="raw"/> is not the shortest encoding of a validly signed one.</exception>
    public static SignedTransaction Decode(ReadOnlySpan<byte> raw)
    {
        if (raw.IsEmpty || raw[0] != Eip1559Transaction.Type) throw new FormatException("not a type 2 transaction");
        var outer = new RlpReader(raw[1..]);
        var fields = outer.ReadList();
        outer.End();

        var transaction = new Eip1559Transaction(
            fields.ReadUInt64(),
            fields.ReadUInt64(),
            ReadUInt128(ref fields),
            ReadUInt128(ref fields),
            fields.ReadUInt64(),
            ReadAddress(ref fields),
            fields.ReadInteger(),
            new HexBytes(fields.ReadBytes()))
        {
            AccessList = ReadAccessList(fields.ReadList()),
        };

        var parity = fields.ReadUInt64();
        if (parity > 1) throw new FormatException("yParity is neither 0 nor 1");
        var signature = new EcdsaSignature(ReadWord(ref fields), ReadWord(ref fields), parity == 1);
        fields.End();
        return signature.TryRecover(transaction.SigningHash(), out var sender)
            ? transaction.Attach(signature, sender.Value)
            : throw new FormatException("no key makes this signature");
    }

    private static UInt128 ReadUInt128(ref RlpReader reader)
    {
        var value = reader.ReadInteger();
        return value <= UInt128.MaxValue ? (UInt128)value : throw new FormatException("a fee is longer than 128 bits");
    }

    private static Address? ReadAddress(ref RlpReader reader)
    {
        var bytes = reader.ReadBytes();
        return bytes.Length switch
        {
            0 => null,
            Address.Size => new Address(bytes),
            _ => throw new FormatException("the recipient is no address"),
        };
    }

    private static Hash256 ReadWord(ref RlpReader reader)
    {
        Span<byte> word = stackalloc byte[Hash256.Size];
        word.Clear();
        var value = reader.ReadInteger();
        value.TryWriteBytes(word[(Hash256.Size - value.GetByteCount(isUnsigned: true))..], out _, isUnsigned: true, isBigEndian: true);
        return new Hash256(word);
    }

    private static ImmutableArray<AccessListEntry> ReadAccessList(RlpReader list)
    {
        var entries = ImmutableArray.CreateBuilder<AccessListEntry>();
        while (!list.AtEnd)
        {
            var entry = list.ReadList();
            var address = new Address(entry.ReadBytes(Address.Size));
            var keys = entry.ReadList();
            entry.End();
            var storage = ImmutableArray.CreateBuilder<Hash256>();
            while (!keys.AtEnd) storage.Add(new Hash256(keys.ReadBytes(Hash256.Size)));
            entries.Add(new AccessListEntry(address, storage.ToImmutable()));
        }

        return entries.ToImmutable();
    }
}
