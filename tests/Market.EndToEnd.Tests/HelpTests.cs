using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests;

/// <summary>What the command line tells about itself, with no market and no network.</summary>
public sealed class HelpTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("market-test-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public async Task Explain_OfACode_SaysWhatItMeans_AndOfAnUnknownOne_RefusesIt()
    {
        var market = new MarketProcess(_home);

        Assert.Contains("No provider matches", (await market.RunAsync(["explain", "e2104"])).Exits(0).Out, StringComparison.Ordinal);
        (await market.RunAsync(["explain", "E9999"])).Exits(2);
        Assert.True((await market.RunAsync(["explain", "--json"])).Exits(0).Json.GetProperty("pages").GetArrayLength() > 80);
    }

    [Theory]
    [InlineData("market jo", "job")]
    [InlineData("market job exp", "explain")]
    [InlineData("market wallet use ", "alice")]
    public async Task BashCompletion_OffersVerbsAndNames(string line, string expected)
    {
        var market = new MarketProcess(_home);
        var password = Path.Combine(_home, "password");
        await File.WriteAllTextAsync(password, "correct horse", TestContext.Current.CancellationToken);
        (await market.RunAsync(["wallet", "new", "alice"], environment: new Dictionary<string, string> { ["MARKET_WALLET_PASSWORD_FILE"] = password })).Exits(0);

        // The real shell runs the printed function, as it would at a keyboard.
        var script = (await market.RunAsync(["completion", "bash"])).Exits(0).Out
            + $"COMP_LINE='{line}'; COMP_POINT={line.Length}; read -ra COMP_WORDS <<< \"$COMP_LINE\"; [[ $COMP_LINE == *' ' ]] && COMP_WORDS+=(''); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 )); _market; printf '%s\\n' \"${{COMPREPLY[@]}}\"";
        var offered = (await market.RunInBashAsync(script)).Exits(0).Out.Split('\n');

        Assert.Contains(expected, offered);
    }
}
