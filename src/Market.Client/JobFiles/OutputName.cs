namespace Market.Client.JobFiles;

/// <summary>Names that outputs may be written under.</summary>
internal static class OutputName
{
    private const int MaxLength = 200;

    /// <summary>
    /// Whether <paramref name="name"/> stays inside the output directory on every system: relative, no "." or ".." parts,
    /// no characters that some file system refuses.
    /// </summary>
    public static bool IsSafe(string name) =>
        name.Length is > 0 and <= MaxLength && name.Split('/').All(part =>
            part.Length > 0 && part is not ("." or "..") && part[^1] is not ('.' or ' ') && !part.Any(c => c < ' ' || c == '\x7f' || "\\:*?\"<>|".Contains(c, StringComparison.Ordinal)));
}
