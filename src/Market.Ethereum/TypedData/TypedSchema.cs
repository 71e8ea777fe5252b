using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Text;
using Market.Ethereum.Abi;
using Market.Hashing;

namespace Market.Ethereum.TypedData;

/// <summary>A member of a typed-data struct, with its type as Solidity names it.</summary>
public sealed record TypedMember(string Name, string Type);

/// <summary>
/// The struct types of typed data and the hashes of their values. Source: EIP-712, "Definition of hashStruct".
/// Values are <see cref="Address"/>, <see cref="Hash256"/>, <see cref="HexBytes"/>, <see cref="string"/>, <see cref="bool"/>,
/// integers, lists of values, or dictionaries of values by member name.
/// </summary>
public sealed class TypedSchema
{
    private readonly ImmutableSortedDictionary<string, ImmutableArray<TypedMember>> _structs;

    /// <summary>Takes the structs' members in order of declaration.</summary>
    public TypedSchema(IEnumerable<KeyValuePair<string, ImmutableArray<TypedMember>>> structs) =>
        _structs = structs.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>The members of a struct, in order of declaration.</summary>
    /// <exception cref="FormatException">There is no such struct.</exception>
    public ImmutableArray<TypedMember> MembersOf(string name) =>
        _structs.TryGetValue(name, out var members) ? members : throw new FormatException($"typed data: no type '{name}'");

    /// <summary>Whether <paramref name="name"/> is a struct.</summary>
    public bool IsStruct(string name) => _structs.ContainsKey(name);

    /// <summary><c>Mail(Person from,Person to,string contents)Person(string name,address wallet)</c>.</summary>
    public string EncodeType(string name)
    {
        var referenced = new SortedSet<string>(StringComparer.Ordinal);
        Collect(name, referenced);
        referenced.Remove(name);
        return Declaration(name) + string.Concat(referenced.Select(Declaration));
    }

    /// <summary>keccak(typeHash ‖ encodeData).</summary>
    /// <exception cref="FormatException">A member is missing, surplus or of another type.</exception>
    public Hash256 HashStruct(string name, IReadOnlyDictionary<string, object> value)
    {
        var members = MembersOf(name);
        if (value.Count != members.Length) throw new FormatException($"typed data: '{name}' has {members.Length} members, not {value.Count}");
        var encoded = new byte[Hash256.Size * (members.Length + 1)];
        AbiSignature.Topic(EncodeType(name)).CopyTo(encoded);
        for (var i = 0; i < members.Length; i++)
        {
            if (!value.TryGetValue(members[i].Name, out var member)) throw new FormatException($"typed data: '{name}.{members[i].Name}' is missing");
            EncodeValue(members[i].Type, member).CopyTo(encoded.AsSpan(Hash256.Size * (i + 1)));
        }

        return Keccak256.Hash(encoded);
    }

    /// <summary>The element type and length (-1 for any) of an array type; false for any other type.</summary>
    internal static bool TryArray(string type, out string element, out int length)
    {
        (element, length) = ("", -1);
        if (!type.EndsWith(']')) return false;
        var open = type.LastIndexOf('[');
        if (open <= 0) throw new FormatException($"typed data: '{type}' is no type");
        element = type[..open];
        var count = type.AsSpan(open + 1, type.Length - open - 2);
        if (!count.IsEmpty && !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out length))
        {
            throw new FormatException($"typed data: '{type}' is no type");
        }

        return true;
    }

    /// <summary>The width in bits of an integer type; false for any other type.</summary>
    internal static bool TryInteger(string type, out int bits, out bool signed)
    {
        signed = type.StartsWith("int", StringComparison.Ordinal);
        bits = 256;
        var unsigned = type.StartsWith("uint", StringComparison.Ordinal);
        if (!signed && !unsigned) return false;
        var digits = type.AsSpan(signed ? 3 : 4);
        if (digits.IsEmpty) throw new FormatException($"typed data: '{type}' must name its width");
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out bits) && bits is > 0 and <= 256 && bits % 8 == 0;
    }

    private byte[] EncodeValue(string type, object value)
    {
        if (TryArray(type, out var element, out var length))
        {
            var items = (value as IEnumerable ?? throw Mismatch(type, value)).Cast<object>().ToList();
            if (length >= 0 && items.Count != length) throw Mismatch(type, value);
            return Keccak256.Hash(items.SelectMany(item => EncodeValue(element, item)).ToArray()).ToArray();
        }

        if (IsStruct(type))
        {
            return HashStruct(type, value as IReadOnlyDictionary<string, object> ?? throw Mismatch(type, value)).ToArray();
        }

        if (TryInteger(type, out var bits, out var signed)) return EncodeInteger(type, bits, signed, value);
        return (type, value) switch
        {
            ("string", string text) => Keccak256.Hash(Encoding.UTF8.GetBytes(text)).ToArray(),
            ("bytes", HexBytes bytes) => Keccak256.Hash(bytes.Span).ToArray(),
            ("bool", bool flag) => AbiCodec.Encode(AbiTypes.Bool, flag),
            ("address", Address address) => AbiCodec.Encode(AbiTypes.Address, address),
            ("bytes32", Hash256 word) => word.ToArray(),
            (_, HexBytes bytes) when type == $"bytes{bytes.Length}" && bytes.Length <= 32 => [.. bytes.Span, .. new byte[32 - bytes.Length]],
            _ => throw Mismatch(type, value),
        };
    }

    private static byte[] EncodeInteger(string type, int bits, bool signed, object value)
    {
        BigInteger? integer = value switch
        {
            BigInteger big => big,
            UInt128 wide => wide,
            byte or ushort or uint or ulong => Convert.ToUInt64(value, CultureInfo.InvariantCulture),
            sbyte or short or int or long => Convert.ToInt64(value, CultureInfo.InvariantCulture),
            _ => null,
        };
        try
        {
            return AbiCodec.Encode(signed ? AbiTypes.Int(bits) : AbiTypes.UInt(bits), integer ?? throw Mismatch(type, value));
        }
        catch (ArgumentOutOfRangeException)
        {
            throw Mismatch(type, value);
        }
    }

    private static FormatException Mismatch(string type, object value) => new($"typed data: a {value.GetType().Name} is no '{type}'");

    private string Declaration(string name) => $"{name}({string.Join(',', MembersOf(name).Select(m => $"{m.Type} {m.Name}"))})";

    private void Collect(string name, SortedSet<string> found)
    {
        if (!found.Add(name)) return;
        foreach (var member in MembersOf(name))
        {
            var type = member.Type;
            while (TryArray(type, out var element, out _)) type = element;
            if (IsStruct(type)) Collect(type, found);
        }
    }
}
