using System.Globalization;
using System.Text.Json;
using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Drills;

/// <summary>
/// Nodes, workers and clients die at random moments and the chain stops answering for a while, with jobs under way all the
/// time. Afterwards every job has ended, no tasklet was paid twice, and all money is where it should be.
/// <c>scripts/soak.sh</c> runs it long; <c>MARKET_SOAK_SEED</c> repeats a run's choices, though not the machine's timing.
/// </summary>
public sealed class CrashDrillTests(LocalMarketFixture local, ITestOutputHelper output) : IClassFixture<LocalMarketFixture>
{
    private const int MomentsPerJob = 6;
    private const int Tasklets = 12;

    [Fact]
    public async Task DeathsAtRandomMoments_EveryJobEnds_NothingIsPaidTwice()
    {
        var wanted = Setting("MARKET_SOAK_MOMENTS");
        Assert.SkipWhen(wanted is null, "scripts/soak.sh runs it");
        var moments = wanted!.Value;
        var seed = Setting("MARKET_SOAK_SEED") ?? Environment.TickCount;
        Tell($"seed {seed}, {moments} moments");
        var random = new Random(seed);
        await using var victims = await Victims.OfAsync(local);
        var jobs = new List<string>();

        for (var moment = 0; moment < moments; moment++)
        {
            if (moment % MomentsPerJob == 0) jobs.Add(await PostAsync());

            // The moment itself is what is drawn.
            await Task.Delay(random.Next(1500), TestContext.Current.CancellationToken);
            await StrikeAsync(random, victims, moment, jobs[^1]);
        }

        foreach (var job in jobs) await EndsAsync(job);
        await local.AssertExactAsync();
    }

    private async Task StrikeAsync(Random random, Victims victims, int moment, string job)
    {
        var node = victims.Nodes[random.Next(victims.Nodes.Count)];
        switch (random.Next(4))
        {
            case 0:
                Tell($"{moment}: kill -9 and restart {node}");
                await victims.RestartNodeAsync(node);
                break;
            case 1:
                Tell($"{moment}: kill -9 of {await victims.KillWorkersAsync(node)} workers of {node}");
                break;
            case 2:
                var pause = TimeSpan.FromMilliseconds(random.Next(200, 3000));
                Tell($"{moment}: the chain stops for {pause.TotalSeconds:0.0} s");
                await Victims.PauseAsync(victims.Chain, pause);
                break;
            default:
                Tell($"{moment}: kill -9 of a watching client");
                using (var client = local.Market.Start(["job", "watch", job]))
                {
                    await Task.Delay(random.Next(500), TestContext.Current.CancellationToken);
                    client.Kill();
                    await client.WaitForExitAsync(TestContext.Current.CancellationToken);
                }

                break;
        }
    }

    // Time passes until whatever is left has expired or is leased again and paid; what cannot be done by the deadline is refunded.
    private async Task EndsAsync(string job)
    {
        for (var rounds = 0; ; rounds++)
        {
            var seen = (await local.Market.RunAsync(["job", "show", job, "--json"])).Exits(0).Json;
            var leases = seen.GetProperty("leases").EnumerateArray().Where(l => l.GetProperty("state").GetString() == "settled").ToList();
            var paid = leases.SelectMany(l => Enumerable.Range(l.GetProperty("first").GetInt32(), l.GetProperty("count").GetInt32())).ToList();
            Assert.Equal(paid.Count, paid.Distinct().Count());
            var offerIsOver = seen.GetProperty("state").GetString() is "closed" or "settled" || seen.GetProperty("over").GetBoolean();
            if (offerIsOver && !seen.GetProperty("leases").EnumerateArray().Any(IsOpen))
            {
                Tell($"{job}: {paid.Count} of {Tasklets} tasklets paid, {seen.GetProperty("leases").GetArrayLength()} leases, refund {seen.GetProperty("refund").GetProperty("amount").GetString()}");
                return;
            }

            Assert.True(rounds < 200, $"job {job} does not end: {seen}");
            if (rounds > 0 && rounds % 8 == 0) (await local.Market.RunAsync(["dev", "time", "+1m"])).Exits(0);
        }
    }

    private static bool IsOpen(JsonElement lease) => lease.GetProperty("state").GetString() is "leased" or "committed" or "disputed";

    private async Task<string> PostAsync()
    {
        var folder = local.Folder();
        TestModule.Write(folder);
        var job = Path.Combine(folder, "job.yaml");
        var items = string.Join(", ", Enumerable.Range(0, Tasklets).Select(i => $"spin-{i}"));
        await File.WriteAllTextAsync(job, $$"""
            version: 1
            name: soak
            task: { module: task.wasm }
            inputs: { list: [{{items}}] }
            output: { dir: out, name: "{index}.txt" }
            limits: { memory: 16MiB, fuel: 4G, time: 60s, output: 1MiB }
            sla: { deadline: 10m, budget: 5 CRD, verification: optimistic }

            """, TestContext.Current.CancellationToken);

        // Right after a strike, there may be nobody to take the data for a moment.
        var id = "";
        await LocalMarketFixture.UntilAsync(
            async () =>
            {
                var run = await local.Market.RunAsync(["job", "run", job, "--yes", "--json", "--detach", "--skip-local-run"]);
                if (run.Exit == 0) id = run.Json.GetProperty("id").GetString()!;
                else Tell($"posting: exit {run.Exit}");
                return run.Exit == 0;
            },
            "a job to be posted");
        return id;
    }

    private static int? Setting(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : null;

    private void Tell(string line)
    {
        output.WriteLine(line);
        TestContext.Current.SendDiagnosticMessage(line);
    }
}
