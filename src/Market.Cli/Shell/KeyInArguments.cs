using System.Text.RegularExpressions;

namespace Market.Cli.Shell;

/// <summary>Finds private keys on the command line, where shell history and process lists keep them.</summary>
internal static partial class KeyInArguments
{
    [GeneratedRegex("^(0x)?[0-9a-fA-F]{64}$")]
    private static partial Regex KeyShape { get; }

    /// <summary>
    /// Whether an argument looks like a 32-byte key. Blob roots carry their length (<c>0x…:123</c>) and so do not.
    /// </summary>
    public static bool IsAmong(IEnumerable<string> arguments) =>
        arguments.Any(a => KeyShape.IsMatch(a) || (a.IndexOf('=', StringComparison.Ordinal) is var i and > 0 && KeyShape.IsMatch(a[(i + 1)..])));
}
