using System.Globalization;

namespace Market.Domain.Identity;

/// <summary>A registered device's number, from 1; zero is none.</summary>
public readonly record struct DeviceId(uint Value) : IComparable<DeviceId>
{
    /// <inheritdoc/>
    public int CompareTo(DeviceId other) => Value.CompareTo(other.Value);

    /// <summary>Reads <c>d-7</c> or <c>7</c>.</summary>
    public static bool TryParse(string? text, out DeviceId id)
    {
        id = default;
        var number = text is null ? "" : text.StartsWith("d-", StringComparison.Ordinal) ? text[2..] : text;
        if (!uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value == 0) return false;
        id = new DeviceId(value);
        return true;
    }

    /// <summary>The form that people see: <c>d-7</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"d-{Value}");
}
