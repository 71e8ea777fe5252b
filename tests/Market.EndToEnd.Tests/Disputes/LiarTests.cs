using System.Diagnostics;
using System.Text.Json;
using Market.Chain.Development;
using Market.Client.Configuration;
using Market.Client.Development;
using Market.EndToEnd.Tests.Drills;
using Market.EndToEnd.Tests.Harness;
using Market.Ethereum.Rpc;

namespace Market.EndToEnd.Tests.Disputes;

/// <summary>A whole market with a liar in it, and everything going wrong beside: the honest side wins and every output is right.</summary>
public sealed class LiarTests(LiarMarketFixture local, ITestOutputHelper output) : IClassFixture<LiarMarketFixture>
{
    private const int Tasklets = 12;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ALiarAndAVanisher_Fall_ThroughRestartsReorganisationAndOutage_AndTheOutputsAreRight()
    {
        var folder = local.Folder();
        var job = await WriteJobAsync(folder);
        using var chain = new EthereumClient(LocalMarketFile.Read(new MarketHome(local.Home))!.Rpc, TimeProvider.System);
        var victims = Victims.Of(local);
        var challenger = Challenge();
        try
        {
            var id = (await local.Market.RunAsync(["job", "run", job, "--yes", "--json", "--detach"])).Exits(0).Json.GetProperty("id").GetString()!;
            using var watching = local.Market.Start(["job", "watch", id, "--keep", "--timeout", "4m"]);

            // Each side is killed once between two moves, blocks fall out of the chain, and for a while there is no chain.
            await PlayedAsync(1);
            challenger.Kill();
            await challenger.WaitForExitAsync(Cancel);
            challenger = Challenge();
            var fork = await Reorganisation.BeginAsync(chain, Cancel);
            var before = await PlayedAsync(2);
            var fallen = await fork.TakeBackAsync(3, keep: false, Cancel);
            Assert.True(fallen.Depth >= 3);
            output.WriteLine($"{fallen.Depth} blocks with {fallen.Transactions} transactions fell out behind account {before}");
            await PlayedAsync(3);
            await victims.RestartNodeAsync(LiarMarketFixture.Liar, "value");
            await PlayedAsync(4);
            await Victims.PauseAsync(victims.Chain, TimeSpan.FromSeconds(2));

            var game = await EndAsync();
            Assert.Equal("challenger", game.GetProperty("winner").GetString());
            var story = (await local.Market.RunAsync(["dispute", "show", game.GetProperty("game").GetString()!, "--json"])).Exits(0).Json;
            Assert.Equal(6, game.GetProperty("rounds").GetInt32());
            Assert.NotEqual(story.GetProperty("step").GetProperty("claimed").GetString(), story.GetProperty("step").GetProperty("proven").GetString());
            Assert.NotEmpty(story.GetProperty("step").GetProperty("operands").EnumerateArray());
            Assert.NotEqual("0", story.GetProperty("slashed").GetProperty("baseUnits").GetString());

            await watching.WaitForExitAsync(Cancel);
            Assert.Equal(0, watching.ExitCode);
            (await local.Market.RunAsync(["job", "results", id])).Exits(0);
            var verified = (await local.Market.RunAsync(["verify", Path.Combine(folder, "out"), "--inputs", job, "--rerun", "100%", "--json"])).Exits(0).Json;
            Assert.Equal(Tasklets, verified.GetProperty("rerun").GetInt32());
            var leases = (await local.Market.RunAsync(["job", "show", id, "--json"])).Exits(0).Json.GetProperty("leases").EnumerateArray().ToList();
            // The liar's lease fell by verdict, the vanisher's because a demand stayed unanswered.
            Assert.True(leases.Count(l => l.GetProperty("state").GetString() == "voided") >= 2, string.Join('\n', leases));
            await local.AssertExactAsync();
        }
        finally
        {
            if (!challenger.HasExited) challenger.Kill();
            challenger.Dispose();
        }
    }

    private Process Challenge()
    {
        var process = local.Market.Start(["challenger", "run", "--wallet", "local-challenger", "--json"]);
        process.OutputDataReceived += (_, e) => Tell(e.Data);
        process.ErrorDataReceived += (_, e) => Tell(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private void Tell(string? line)
    {
        if (!string.IsNullOrEmpty(line)) output.WriteLine(line);
    }

    private async Task<int> PlayedAsync(int accounts)
    {
        var played = 0;
        await LocalMarketFixture.UntilAsync(async () => (played = (await GameAsync())?.GetProperty("round").GetInt32() ?? 0) >= accounts, $"account {accounts} of a game");
        return played;
    }

    private async Task<JsonElement> EndAsync()
    {
        JsonElement? game = null;
        await LocalMarketFixture.UntilAsync(async () => (game = await GameAsync())?.GetProperty("settled").GetBoolean() == true, "the game's end");
        return game!.Value;
    }

    private async Task<JsonElement?> GameAsync()
    {
        var list = await local.Market.RunAsync(["dispute", "list", "--all", "--json"]);
        // The chain may be away just now.
        if (list.Exit != 0) return null;
        var games = list.Json.GetProperty("games").EnumerateArray().ToList();
        return games.Count == 0 ? null : games[0];
    }

    private static async Task<string> WriteJobAsync(string folder)
    {
        TestModule.Write(folder);
        var job = Path.Combine(folder, "job.yaml");
        var items = string.Join(", ", Enumerable.Range(0, Tasklets).Select(i => $"item-{i}"));
        await File.WriteAllTextAsync(job, $$"""
            version: 1
            name: liar
            task: { module: task.wasm }
            inputs: { list: [{{items}}] }
            output: { dir: out, name: "{index}.txt" }
            limits: { memory: 16MiB, fuel: 100M, time: 30s, output: 1MiB }
            sla: { deadline: 5m, budget: 5 CRD, verification: optimistic }

            """, Cancel);
        return job;
    }
}
