using System.Collections.Immutable;
using System.Globalization;

namespace Market.Domain.Jobs;

/// <summary>What a parameter's value may be.</summary>
public enum ParameterType
{
    /// <summary>Any text of one line.</summary>
    Text,

    /// <summary>A whole number.</summary>
    Whole,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Bool,

    /// <summary>A day, <c>2026-11-20</c>.</summary>
    Date,

    /// <summary>A size with its unit, <c>16MiB</c>.</summary>
    Size,

    /// <summary>A time with its unit, <c>1h30m</c>.</summary>
    Duration,
}

/// <summary>A typed value that a job file leaves open, set by <c>--param name=value</c> and written <c>${name}</c> where it is used.</summary>
/// <param name="Name">Letters, digits and underscores, a letter first.</param>
/// <param name="Type">What it may be.</param>
/// <param name="Default">Taken where none is given; null needs one.</param>
/// <param name="Min">Least value of an int.</param>
/// <param name="Max">Largest value of an int.</param>
/// <param name="OneOf">The only values; empty admits all.</param>
public sealed record JobParameter(string Name, ParameterType Type, string? Default, long? Min, long? Max, ImmutableArray<string> OneOf)
{
    /// <summary>What would be right, for messages.</summary>
    public string Expected => (Type, OneOf.IsEmpty) switch
    {
        (_, false) => $"one of {string.Join(", ", OneOf)}",
        (ParameterType.Whole, _) when Min is { } least && Max is { } most => string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"),
        (ParameterType.Whole, _) when Min is { } least => string.Create(CultureInfo.InvariantCulture, $"a whole number from {least}"),
        (ParameterType.Whole, _) when Max is { } most => string.Create(CultureInfo.InvariantCulture, $"a whole number up to {most}"),
        (ParameterType.Whole, _) => "a whole number",
        (ParameterType.Bool, _) => "true or false",
        (ParameterType.Date, _) => "a day such as 2026-11-20",
        (ParameterType.Size, _) => "a size with its unit, such as 16MiB",
        (ParameterType.Duration, _) => "a time with its unit, such as 1h30m",
        _ => "one line of text",
    };

    /// <summary>Whether <paramref name="value"/> may be taken.</summary>
    public bool Admits(string value) => (OneOf.IsEmpty || OneOf.Contains(value, StringComparer.Ordinal)) && Type switch
    {
        ParameterType.Whole => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= (Min ?? long.MinValue) && number <= (Max ?? long.MaxValue),
        ParameterType.Bool => value is "true" or "false",
        ParameterType.Date => DateOnly.TryParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        ParameterType.Size => ByteSize.TryParse(value, out _),
        ParameterType.Duration => Jobs.Duration.TryParse(value, out _),
        _ => !value.Any(char.IsControl),
    };
}
