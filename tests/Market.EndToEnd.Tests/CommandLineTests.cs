using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests;

/// <summary>What holds for every command, chain or not.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("market-test-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Theory]
    [InlineData("nonsense")]
    [InlineData("--no-such-option")]
    [InlineData("--profile")]
    public async Task WrongUsage_ExitsWith2_AndLeavesStandardOutputEmpty(params string[] arguments)
    {
        var run = await new MarketProcess(_home).RunAsync(arguments);

        run.Exits(2);
        Assert.Empty(run.Out);
        Assert.Contains("E1201", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ab12cd34ef56ab12cd34ef56ab12cd34ef56ab12cd34ef56ab12cd34ef56ab12")]
    [InlineData("--wallet=0xab12cd34ef56ab12cd34ef56ab12cd34ef56ab12cd34ef56ab12cd34ef56ab12")]
    public async Task PrivateKeyInArguments_IsRefused_AndNotRepeated(string argument)
    {
        var run = await new MarketProcess(_home).RunAsync(["wallet", "list", argument]);

        run.Exits(2);
        Assert.Contains("E1106", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("ab12cd34", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ImportedKey_BecomesAWallet_ThatOnlyItsPasswordOpens()
    {
        // A key that hardhat and anvil publish: its address is known (hardhat.org, "Hardhat Network").
        const string key = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
        var (market, password) = (new MarketProcess(_home), Path.Combine(_home, "password"));
        await File.WriteAllTextAsync(password, "correct horse", TestContext.Current.CancellationToken);
        var environment = new Dictionary<string, string> { ["MARKET_WALLET_PASSWORD_FILE"] = password };

        var made = (await market.RunAsync(["wallet", "import", "old", "--json"], input: key + "\n", environment: environment)).Exits(0);

        Assert.Equal("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", made.Json.GetProperty("address").GetString());
        Assert.DoesNotContain("ac0974be", made.Out + made.Error, StringComparison.Ordinal);
        (await market.RunAsync(["wallet", "import", "old"], input: key + "\n", environment: environment)).Exits(4);
        var keystore = Directory.EnumerateFiles(_home, "*.json", SearchOption.AllDirectories).Single(file => File.ReadAllText(file).Contains("ciphertext", StringComparison.Ordinal));
        (await market.RunAsync(["wallet", "import", "again", "--file", keystore], environment: environment)).Exits(0);
        await File.WriteAllTextAsync(password, "wrong", TestContext.Current.CancellationToken);
        Assert.Contains("E1103", (await market.RunAsync(["wallet", "import", "third", "--file", keystore], environment: environment)).Exits(4).Error, StringComparison.Ordinal);
    }
}
