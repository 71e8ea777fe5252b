using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Market.Hashing;

namespace Market.Ethereum.Rpc;

/// <summary>A value that JSON-RPC writes as text.</summary>
internal abstract class RpcTextConverter<T> : JsonConverter<T>
{
    protected abstract T Parse(string text);

    public sealed override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            return Parse(reader.GetString() ?? throw new JsonException("a text is null"));
        }
        catch (Exception e) when (e is FormatException or OverflowException or InvalidOperationException)
        {
            throw new JsonException(e.Message, e);
        }
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => throw new NotSupportedException();
}

internal sealed class AddressConverter : RpcTextConverter<Address>
{
    protected override Address Parse(string text) => Address.Parse(text);
}

internal sealed class HashConverter : RpcTextConverter<Hash256>
{
    protected override Hash256 Parse(string text) => Hash256.Parse(text);
}

internal sealed class BytesConverter : RpcTextConverter<HexBytes>
{
    protected override HexBytes Parse(string text) => HexBytes.Parse(text);
}

internal sealed class UInt64Converter : RpcTextConverter<ulong>
{
    protected override ulong Parse(string text) => RpcQuantity.Parse<ulong>(text);
}

internal sealed class UInt128Converter : RpcTextConverter<UInt128>
{
    protected override UInt128 Parse(string text) => RpcQuantity.Parse<UInt128>(text);
}

/// <summary>JSON-RPC quantities: 0x and digits without leading zeros.</summary>
internal static class RpcQuantity
{
    internal static string Format(UInt128 value) => string.Create(CultureInfo.InvariantCulture, $"0x{value:x}");

    internal static T Parse<T>(string text)
        where T : INumberBase<T> => text.StartsWith("0x", StringComparison.Ordinal) && text.Length > 2
            ? T.Parse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
            : throw new FormatException("a quantity is 0x and digits");
}
