using System.Globalization;

namespace Market.Client.JobFiles.Binding;

/// <summary>Whole numbers as job files write them: 10_000 is 10000.</summary>
internal static class Numbers
{
    public static bool TryInt(string? text, out int value) =>
        int.TryParse(text?.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    public static bool TryLong(string? text, out long value) =>
        long.TryParse(text?.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
}
