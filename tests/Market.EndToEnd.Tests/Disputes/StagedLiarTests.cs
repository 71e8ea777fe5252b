using System.Text;
using System.Text.Json;
using Market.Client.Configuration;
using Market.Client.Development;
using Market.Client.Providers;
using Market.Domain.Jobs;
using Market.EndToEnd.Tests.Drills;
using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Disputes;

/// <summary>A liar in a later stage of a job, whose inputs no manifest lists, and a node that looks at what others commit to.</summary>
public sealed class StagedLiarTests(StagedLiarFixture local) : IClassFixture<StagedLiarFixture>
{
    private const int Tries = 3;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ALieAboutAStageThatReadsOthers_IsProvenByANodeThatChallenges_AndTheOutputIsRight()
    {
        await ChallengeAsync(StagedLiarFixture.Challenger);
        var games = new List<JsonElement>();
        // Who is hired is the market's to say: the cheapest, who lies, unless it seems too slow just now.
        for (var tries = 0; games.Count == 0 && tries < Tries; tries++)
        {
            string[] items = [.. new[] { "alpha", "beta", "gamma", "delta", "epsilon", "zeta" }.Select(item => $"{item}{tries}")];
            var job = Write(items);

            var run = (await local.Market.RunAsync(["job", "run", job, "--yes", "--json", "--skip-local-run"])).Exits(0).Json;

            Assert.Equal("finished", run.GetProperty("state").GetString());
            var pairs = items.Select(item => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(item)).Chunk(2).Select(pair => Frames.Encode(pair)).ToArray();
            for (var i = 0; i < pairs.Length; i++) Assert.Equal(pairs[i], await File.ReadAllBytesAsync(Path.Combine(Path.GetDirectoryName(job)!, "out", $"{i}.bin"), Cancel));
            games = [.. (await local.Market.RunAsync(["dispute", "list", "--all", "--json"])).Exits(0).Json.GetProperty("games").EnumerateArray()];
        }

        Assert.Contains(games, game => game.GetProperty("winner").GetString() == "challenger");
        Assert.DoesNotContain(games, game => game.GetProperty("winner").GetString() == "provider");
        await local.AssertExactAsync();
    }

    /// <summary>Lets a node look at what others commit to, from its next start on.</summary>
    private async Task ChallengeAsync(string name)
    {
        var victims = Victims.Of(local);
        await victims.KillAsync(name);
        var node = LocalMarketFile.Read(new MarketHome(local.Home))!.Nodes.Single(n => n.Name == name);
        var config = ProviderConfigFile.Read(node.Config);
        ProviderConfigFile.Write(node.Config, config with { Challenging = config.Challenging with { Enabled = true, LeaseSharePercent = 100 } });
        // A game takes a bond from the operator's own tokens.
        (await local.Market.RunAsync(["dev", "faucet", $"local-{name}-operator", "20"])).Exits(0);
        victims.Start(name);
    }

    // The program gives back what it reads; the second stage alone is lied about.
    private string Write(string[] items)
    {
        var folder = local.Folder();
        TestModule.Write(folder);
        var job = Path.Combine(folder, "job.yaml");
        File.WriteAllText(job, $$"""
            version: 1
            name: staged
            inputs: { list: [{{string.Join(", ", items)}}] }
            limits: { memory: 16MiB, fuel: 100M, time: 30s, output: 1MiB }
            stages:
              - { id: first, task: { module: task.wasm } }
              - { id: pairs, task: { module: task.wasm, args: ["{{StagedLiarFixture.Subject}}"] }, inputs: { from: first, groupBy: 2 } }
            output: { from: pairs, dir: out, name: "{index}.bin" }
            sla: { deadline: 5m, budget: 5 CRD, verification: optimistic }

            """);
        return job;
    }
}

/// <summary>Three nodes; the cheapest lies about runs whose arguments hold a word.</summary>
public sealed class StagedLiarFixture : LocalMarketFixture
{
    public const string Subject = "pairs-of-outputs";
    public const string Challenger = "node-3";

    protected override IReadOnlyDictionary<string, string> StartEnvironment { get; } = new Dictionary<string, string> { ["MARKET_LIE_ABOUT"] = Subject, ["MARKET_LIES"] = "3" };

    protected override string[] StartArguments => ["--nodes", "3", "--liar", "value"];
}
