using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Hashing;

namespace Market.Domain.Json;

/// <summary>A value that JSON carries as one string.</summary>
public abstract class TextConverter<T> : JsonConverter<T>
    where T : struct
{
    /// <inheritdoc/>
    public sealed override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && TryParse(reader.GetString()!, out var value)
            ? value
            : throw new JsonException($"expected a {typeof(T).Name}");

    /// <inheritdoc/>
    public sealed override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteStringValue(ToText(value));

    /// <summary>Reads what <see cref="ToText"/> writes.</summary>
    protected abstract bool TryParse(string text, out T value);

    /// <summary>The one text of a value.</summary>
    protected virtual string ToText(T value) => value.ToString()!;
}

/// <summary>0x and 64 digits.</summary>
public sealed class Hash256Converter : TextConverter<Hash256>
{
    /// <inheritdoc/>
    protected override bool TryParse(string text, out Hash256 value) => Hash256.TryParse(text, out value);
}

/// <summary>0x and 40 digits with checksum.</summary>
public sealed class AddressConverter : TextConverter<Address>
{
    /// <inheritdoc/>
    protected override bool TryParse(string text, out Address value) => Address.TryParse(text, out value);
}

/// <summary>Root and length: 0x…:length.</summary>
public sealed class BlobNameConverter : TextConverter<BlobName>
{
    /// <inheritdoc/>
    protected override bool TryParse(string text, out BlobName value) => BlobName.TryParse(text, out value);
}

/// <summary>Base units in decimal.</summary>
public sealed class AmountConverter : TextConverter<Amount>
{
    /// <inheritdoc/>
    protected override bool TryParse(string text, out Amount value)
    {
        var read = UInt128.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var units);
        value = new Amount(units);
        return read;
    }
}

/// <summary>0x and 64 digits.</summary>
public sealed class OfferIdConverter : TextConverter<OfferId>
{
    /// <inheritdoc/>
    protected override bool TryParse(string text, out OfferId value)
    {
        var read = Hash256.TryParse(text, out var hash);
        value = new OfferId(hash);
        return read;
    }
}

/// <summary>0x and 64 digits.</summary>
public sealed class LeaseKeyConverter : TextConverter<LeaseKey>
{
    /// <inheritdoc/>
    protected override bool TryParse(string text, out LeaseKey value)
    {
        var read = Hash256.TryParse(text, out var hash);
        value = new LeaseKey(hash);
        return read;
    }
}

/// <summary>Kind, level and maybe region: wasm/1.</summary>
public sealed class ClassKeyConverter : TextConverter<ClassKey>
{
    /// <inheritdoc/>
    protected override bool TryParse(string text, out ClassKey value)
    {
        if (ClassKey.TryParse(text, out value)) return true;
        var read = text.StartsWith("0x", StringComparison.Ordinal)
            && uint.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _);
        if (read) value = new ClassKey(uint.Parse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
        return read;
    }

    /// <inheritdoc/>
    protected override string ToText(ClassKey value) =>
        (value.Packed & 0xFFF) == 0 ? value.ToString() : string.Create(CultureInfo.InvariantCulture, $"0x{value.Packed:x8}");
}

/// <summary>The device's number.</summary>
public sealed class DeviceIdConverter : JsonConverter<DeviceId>
{
    /// <inheritdoc/>
    public override DeviceId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetUInt32());

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DeviceId value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Value);
}

/// <summary>The step's index.</summary>
public sealed class TickConverter : JsonConverter<Tick>
{
    /// <inheritdoc/>
    public override Tick Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetUInt16() is var index && index <= Tick.MaxIndex ? new Tick(index) : throw new JsonException("expected a tick of 0 to 2047");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Tick value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Index);
}

/// <summary>Seconds since 1970.</summary>
public sealed class UnixTimeConverter : JsonConverter<UnixTime>
{
    /// <inheritdoc/>
    public override UnixTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetUInt64());

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, UnixTime value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Seconds);
}

/// <summary>64-bit numbers as decimal strings: JavaScript would round them.</summary>
public sealed class DecimalUInt64Converter : TextConverter<ulong>
{
    /// <inheritdoc/>
    protected override bool TryParse(string text, out ulong value) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    /// <inheritdoc/>
    protected override string ToText(ulong value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>An enum as its name in camel case, never as a number.</summary>
public sealed class WordConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;
