using System.Diagnostics;
using System.Text.Json;
using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests;

/// <summary>A newcomer's device: configure, stake, run, take money out. And the money commands around it.</summary>
public sealed class ProviderTests(LocalMarketFixture local) : IClassFixture<LocalMarketFixture>
{
    [Fact]
    public async Task NewDevice_FromInitToBidding_ThenWithdrawsWhatIsFree()
    {
        var folder = local.Folder();
        var (config, password) = (Path.Combine(folder, "provider.yaml"), Path.Combine(folder, "password"));
        await File.WriteAllTextAsync(password, "a long enough password", TestContext.Current.CancellationToken);
        var environment = new Dictionary<string, string> { ["MARKET_WALLET_PASSWORD_FILE"] = password };
        Task<CommandRun> RunAsync(params string[] arguments) => local.Market.RunAsync(arguments, environment: environment);

        (await RunAsync("provider", "init", "--config", config, "--name", "extra", "--attestation", "0", "--slots", "1")).Exits(0);
        (await RunAsync("provider", "stake", "150", "--config", config, "--yes")).Exits(8);
        foreach (var wallet in new[] { "extra-owner", "extra-operator" }) (await RunAsync("dev", "faucet", wallet, "200")).Exits(0);
        (await RunAsync("provider", "stake", "150", "--config", config, "--yes")).Exits(0);

        using var node = local.Market.Start(["provider", "run", "--config", config], environment);
        try
        {
            await WaitUntilReadyAsync(config);
            (await RunAsync("provider", "withdraw", "60", "--config", config, "--yes")).Exits(8);
            (await RunAsync("provider", "withdraw", "20", "--config", config, "--yes")).Exits(0);
            var status = (await RunAsync("provider", "status", "--config", config, "--json")).Exits(0).Json;
            Assert.Equal("130", status.GetProperty("stake").GetProperty("amount").GetString()!.Split('.')[0]);
            var book = (await RunAsync("book", "show", "--json")).Exits(0);
            Assert.Contains("wasm/0", book.Out, StringComparison.Ordinal);
            (await RunAsync("provider", "drain", "--wait", "--config", config)).Exits(0);
            await node.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        finally
        {
            if (!node.HasExited) node.Kill(entireProcessTree: true);
        }

        (await RunAsync("provider", "drain", "--config", config)).Exits(2);
        var earnings = (await RunAsync("provider", "earnings", "--config", config, "--json")).Exits(0).Json;
        Assert.Equal("0", earnings.GetProperty("paid").GetProperty("baseUnits").GetString());
        (await RunAsync("provider", "unstake", "--config", config, "--yes")).Exits(0);
        var second = await RunAsync("provider", "unstake", "--config", config, "--yes");
        if (second.Exit != 0)
        {
            // On a quick machine the local market's ten seconds have not passed.
            Assert.Contains("E2111", second.Exits(2).Error, StringComparison.Ordinal);
            (await RunAsync("dev", "time", "+10m")).Exits(0);
            (await RunAsync("provider", "unstake", "--config", config, "--yes")).Exits(0);
        }

        (await RunAsync("provider", "withdraw", "--config", config, "--yes")).Exits(0);
        Assert.Equal(200_000_000, await TokensAsync("extra-owner"));
        await local.AssertExactAsync();
    }

    [Fact]
    public async Task DepositAndWithdraw_MoveMoneyInAndOut()
    {
        (await local.Market.RunAsync(["dev", "faucet", "local", "7"])).Exits(0);
        var before = await CreditAsync();

        (await local.Market.RunAsync(["account", "deposit", "7", "--yes"])).Exits(0);
        (await local.Market.RunAsync(["account", "withdraw", "2.5", "--yes"])).Exits(0);

        Assert.Equal(before + 4_500_000, await CreditAsync());
        (await local.Market.RunAsync(["account", "deposit", "1000000", "--yes"])).Exits(8);
        await local.AssertExactAsync();
    }

    [Theory]
    [InlineData("doctor")]
    [InlineData("wallet list")]
    [InlineData("wallet show local")]
    [InlineData("profile list")]
    [InlineData("profile show local")]
    [InlineData("account show")]
    [InlineData("book show")]
    [InlineData("job list")]
    [InlineData("dev status")]
    [InlineData("dev audit")]
    public async Task LookingCommand_WithJson_WritesOneDocumentThatNamesItsSchema(string command)
    {
        var run = (await local.Market.RunAsync([.. command.Split(' '), "--json"])).Exits(0);

        Assert.StartsWith("market.", run.Json.GetProperty("schema").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SampleJob_ChecksOfflineAndIsQuoted_WithoutSpending()
    {
        var job = Path.Combine(Checkout.Root, "samples", "textstats", "job.yaml");
        var before = await CreditAsync();

        (await local.Market.RunAsync(["job", "check", job])).Exits(0);
        (await local.Market.RunAsync(["job", "quote", job, "--json"])).Exits(0);

        Assert.Equal(before, await CreditAsync());
    }

    [Fact]
    public async Task AddedProfile_ReachesTheMarket_AndASpendThereNeedsACeiling()
    {
        var profile = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(local.Home, "profiles", "local.json"), TestContext.Current.CancellationToken)).RootElement;
        var (rpc, deployment) = (profile.GetProperty("rpc").GetString()!, profile.GetProperty("deployment").GetString()!);

        (await local.Market.RunAsync(["profile", "add", "twin", "--rpc", rpc, "--deployment", deployment])).Exits(0);

        (await local.Market.RunAsync(["book", "show", "--profile", "twin", "--json"])).Exits(0);
        (await local.Market.RunAsync(["dev", "faucet", "local", "3"])).Exits(0);
        Assert.Contains("E1119", (await local.Market.RunAsync(["account", "deposit", "1", "--yes", "--profile", "twin"])).Error, StringComparison.Ordinal);
        (await local.Market.RunAsync(["profile", "add", "nowhere", "--rpc", "http://127.0.0.1:1", "--deployment", deployment])).Exits(5);
        (await local.Market.RunAsync(["profile", "remove", "twin"])).Exits(0);
        (await local.Market.RunAsync(["profile", "show", "nowhere"])).Exits(2);
    }

    private async Task<long> TokensAsync(string wallet) => long.Parse(
        (await local.Market.RunAsync(["account", "show", "--wallet", wallet, "--json"])).Exits(0).Json.GetProperty("tokens").GetProperty("baseUnits").GetString()!,
        System.Globalization.CultureInfo.InvariantCulture);

    private async Task<long> CreditAsync() => long.Parse(
        (await local.Market.RunAsync(["account", "show", "--json"])).Exits(0).Json.GetProperty("credit").GetProperty("baseUnits").GetString()!,
        System.Globalization.CultureInfo.InvariantCulture);

    private async Task WaitUntilReadyAsync(string config)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var status = (await local.Market.RunAsync(["provider", "status", "--config", config, "--json"])).Exits(0).Json;
            if (status.TryGetProperty("node", out var node) && node.ValueKind == JsonValueKind.Object && node.GetProperty("ready").GetBoolean()) return;
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromMinutes(2), $"the node is not ready: {status}");
        }
    }
}
