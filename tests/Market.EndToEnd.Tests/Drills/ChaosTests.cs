using System.Text.Json;
using Market.Client.Development.Chaos;
using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Drills;

/// <summary><c>market dev chaos</c> against a market with a job under way: the job is done, and no unit of money is lost.</summary>
public sealed class ChaosTests(WiredMarketFixture local, ITestOutputHelper output) : IClassFixture<WiredMarketFixture>
{
    private const int Tasklets = 12;

    [Fact]
    public async Task EveryMode_StrikesForReal_AndTheJobIsDone()
    {
        var modes = Enum.GetValues<ChaosMode>();
        var seed = Enumerable.Range(1, 10_000).First(s => Plan(s, modes).Select(p => p.Mode).Distinct().Count() == modes.Length);
        var folder = local.Folder();
        TestModule.Write(folder);
        var job = Path.Combine(folder, "job.yaml");
        await File.WriteAllTextAsync(job, $$"""
            version: 1
            name: chaos
            task: { module: task.wasm }
            inputs: { list: [{{string.Join(", ", Enumerable.Range(0, Tasklets).Select(i => $"spin-{i}"))}}] }
            output: { dir: out, name: "{index}.txt" }
            limits: { memory: 16MiB, fuel: 4G, time: 60s, output: 1MiB }
            sla: { deadline: 10m, budget: 5 CRD, verification: optimistic }

            """, TestContext.Current.CancellationToken);
        var id = (await local.Market.RunAsync(["job", "run", job, "--yes", "--json", "--detach", "--skip-local-run"])).Exits(0).Json.GetProperty("id").GetString()!;
        using var client = local.Market.Start(["job", "watch", id, "--keep", "--timeout", "10m"]);
        _ = client.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var said = client.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);

        var chaos = (await local.Market.RunAsync(["dev", "chaos", .. modes.Select(ChaosFlag), "--seed", $"{seed}", "--strikes", $"{modes.Length}", "--pause", "1s", "--longest", "4s", "--for", "10m", "--json"])).Exits(0);

        output.WriteLine(chaos.Out);
        Assert.Contains($"seed {seed}", chaos.Error, StringComparison.Ordinal);
        Assert.Equal(Plan(seed, modes).Select(p => p.Mode.ToString()), chaos.Out.Trim().Split('\n').Select(l => JsonDocument.Parse(l).RootElement.GetProperty("mode").GetString()));
        // Who was killed has a new log, and may not have been there for the rest.
        foreach (var node in new[] { "node-1", "node-2", "node-3" }.Where(n => !chaos.Out.Contains($"kill -9 of {n},", StringComparison.Ordinal)))
        {
            // What it was: blocks taken back, and a chain that did not answer.
            var log = await File.ReadAllTextAsync(Path.Combine(local.Home, "dev", node + ".log"), TestContext.Current.CancellationToken);
            Assert.Contains("\"EventId\":4012,", log, StringComparison.Ordinal);
            Assert.Contains("\"EventId\":4010,", log, StringComparison.Ordinal);
        }

        // Leases of whoever lost too much time expire and are given again: block time, not ours.
        while (!client.HasExited)
        {
            (await local.Market.RunAsync(["dev", "time", "+20s"])).Exits(0);
            await Task.WhenAny(client.WaitForExitAsync(TestContext.Current.CancellationToken), Task.Delay(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken));
        }

        Assert.True(client.ExitCode == 0, await said);
        (await local.Market.RunAsync(["job", "results", id])).Exits(0);
        Assert.Equal(Tasklets, Directory.GetFiles(Path.Combine(folder, "out"), "*.txt").Length);
        await local.AssertExactAsync();
    }

    [Fact]
    public async Task WithoutAMode_SaysWhatToName()
    {
        var run = (await local.Market.RunAsync(["dev", "chaos"])).Exits(2);

        Assert.Contains("--crash", run.Error, StringComparison.Ordinal);
    }

    private static string ChaosFlag(ChaosMode mode) => mode == ChaosMode.RpcDown ? "--rpc-down" : $"--{mode.ToString().ToLowerInvariant()}";

    private static IEnumerable<ChaosStrike> Plan(int seed, ChaosMode[] modes) => ChaosPlan.Of(new ChaosOptions { Modes = [.. modes], Seed = seed }, 3).Take(modes.Length);
}
