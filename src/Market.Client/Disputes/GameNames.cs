using System.Globalization;
using System.Numerics;
using Market.Chain.Projection;
using Market.Client.Faults;

namespace Market.Client.Disputes;

/// <summary>Games by the first digits of their numbers, as people write them.</summary>
public static class GameNames
{
    private const int Digits = 8;

    /// <summary>Such as <c>d-4f1c09ab</c>.</summary>
    public static string Of(BigInteger game) => $"d-{Hex(game)[..Digits]}";

    /// <summary>The one game whose number begins so.</summary>
    /// <exception cref="MarketException">E2503: none, or several.</exception>
    public static GameEntry Find(MarketState state, string name)
    {
        var digits = (name.StartsWith("d-", StringComparison.OrdinalIgnoreCase) ? name[2..] : name).ToLowerInvariant();
        var found = digits.Length == 0 ? [] : state.Games.Values.Where(g => Hex(g.Id).StartsWith(digits, StringComparison.Ordinal)).ToList();
        return found.Count == 1
            ? found[0]
            : throw new MarketException("E2503", ExitCode.Usage, found.Count == 0 ? $"No game of this market is named {name}." : $"{found.Count} games are named {name}: write more digits.", "market dispute list");
    }

    private static string Hex(BigInteger game) => game.ToString("x64", CultureInfo.InvariantCulture)[^64..];
}
