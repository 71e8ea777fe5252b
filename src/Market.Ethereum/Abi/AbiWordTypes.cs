using System.Buffers.Binary;
using System.Numerics;
using Market.Hashing;

namespace Market.Ethereum.Abi;

/// <summary>A type that is one word.</summary>
internal abstract class AbiWordType<T>(string name) : AbiType<T>(name, 1, isDynamic: false)
{
    protected abstract void Fill(Span<byte> word, T value);

    protected abstract T Parse(ReadOnlySpan<byte> word);

    internal sealed override void Write(AbiWriter writer, T value) => Fill(writer.NextWord(), value);

    internal sealed override T Read(AbiReader reader) => Parse(reader.NextWord());

    protected AbiException Dirty() => new($"a word does not hold a {Name}");
}

/// <summary>uintN up to 128 bits; the CLR type may be wider than N.</summary>
internal sealed class AbiUnsigned<T>(int bits) : AbiWordType<T>($"uint{bits}")
    where T : struct, IBinaryInteger<T>, IUnsignedNumber<T>
{
    protected override void Fill(Span<byte> word, T value)
    {
        var wide = UInt128.CreateChecked(value);
        if (!Fits(wide)) throw new ArgumentOutOfRangeException(nameof(value), value, $"does not fit {Name}");
        BinaryPrimitives.WriteUInt128BigEndian(word[16..], wide);
    }

    protected override T Parse(ReadOnlySpan<byte> word)
    {
        var wide = BinaryPrimitives.ReadUInt128BigEndian(word[16..]);
        return !word[..16].ContainsAnyExcept((byte)0) && Fits(wide) ? T.CreateChecked(wide) : throw Dirty();
    }

    // A shift by 128 would be a shift by 0.
    private bool Fits(UInt128 value) => bits == 128 || value >> bits == 0;
}

/// <summary>uintN or intN of any width.</summary>
internal sealed class AbiBigInteger(int bits, bool signed) : AbiWordType<BigInteger>($"{(signed ? "int" : "uint")}{bits}")
{
    private readonly BigInteger _lowest = signed ? -BigInteger.Pow(2, bits - 1) : BigInteger.Zero;
    private readonly BigInteger _highest = BigInteger.Pow(2, signed ? bits - 1 : bits) - 1;

    protected override void Fill(Span<byte> word, BigInteger value)
    {
        if (value < _lowest || value > _highest) throw new ArgumentOutOfRangeException(nameof(value), value, $"does not fit {Name}");
        var size = value.GetByteCount(isUnsigned: !signed);
        if (value.Sign < 0) word.Fill(0xff);
        value.TryWriteBytes(word[(AbiReader.WordSize - size)..], out _, isUnsigned: !signed, isBigEndian: true);
    }

    protected override BigInteger Parse(ReadOnlySpan<byte> word)
    {
        var value = new BigInteger(word, isUnsigned: !signed, isBigEndian: true);
        return value >= _lowest && value <= _highest ? value : throw Dirty();
    }
}

internal sealed class AbiBool() : AbiWordType<bool>("bool")
{
    protected override void Fill(Span<byte> word, bool value) => word[31] = value ? (byte)1 : (byte)0;

    protected override bool Parse(ReadOnlySpan<byte> word) =>
        !word[..31].ContainsAnyExcept((byte)0) && word[31] <= 1 ? word[31] == 1 : throw Dirty();
}

internal sealed class AbiAddress() : AbiWordType<Address>("address")
{
    protected override void Fill(Span<byte> word, Address value) => value.CopyTo(word[12..]);

    protected override Address Parse(ReadOnlySpan<byte> word) =>
        !word[..12].ContainsAnyExcept((byte)0) ? new Address(word[12..]) : throw Dirty();
}

internal sealed class AbiHash() : AbiWordType<Hash256>("bytes32")
{
    protected override void Fill(Span<byte> word, Hash256 value) => value.CopyTo(word);

    protected override Hash256 Parse(ReadOnlySpan<byte> word) => new(word);
}

/// <summary>bytesN, left-aligned.</summary>
internal sealed class AbiFixedBytes(int size) : AbiWordType<HexBytes>($"bytes{size}")
{
    protected override void Fill(Span<byte> word, HexBytes value)
    {
        if (value.Length != size) throw new ArgumentOutOfRangeException(nameof(value), value.Length, $"{Name} takes {size} bytes");
        value.Span.CopyTo(word);
    }

    protected override HexBytes Parse(ReadOnlySpan<byte> word) =>
        !word[size..].ContainsAnyExcept((byte)0) ? new HexBytes(word[..size]) : throw Dirty();
}

/// <summary>A Solidity enum: a uint8 that must be one of the names.</summary>
internal sealed class AbiEnum<T>() : AbiWordType<T>("uint8")
    where T : struct, Enum
{
    protected override void Fill(Span<byte> word, T value)
    {
        if (!Enum.IsDefined(value)) throw new ArgumentOutOfRangeException(nameof(value), value, $"is no {typeof(T).Name}");
        word[31] = Convert.ToByte(value, System.Globalization.CultureInfo.InvariantCulture);
    }

    protected override T Parse(ReadOnlySpan<byte> word)
    {
        var value = (T)Enum.ToObject(typeof(T), word[31]);
        return !word[..31].ContainsAnyExcept((byte)0) && Enum.IsDefined(value) ? value : throw Dirty();
    }
}
