using System.Globalization;
using System.Text.Json;
using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Drills;

/// <summary>What the long drills share: settings from scripts/soak.sh, a job, and how it must end.</summary>
internal static class Soak
{
    /// <summary>A number that the script set; null if it did not.</summary>
    public static int? Setting(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>Whether scripts/soak.sh runs these tests, which always sets a seed.</summary>
    public static bool IsAsked => Setting("MARKET_SOAK_SEED") is not null;

    /// <summary>Skips a drill that the script did not ask for.</summary>
    public static int Require(string name)
    {
        var wanted = Setting(name);
        Assert.SkipWhen(wanted is null, "scripts/soak.sh runs it");
        return wanted!.Value;
    }

    /// <summary>Writes a job of tasklets that compute for a while: <paramref name="letter"/> as <see cref="TestModule"/> has it.</summary>
    public static async Task<string> WriteJobAsync(string folder, int tasklets, string letter, string deadline = "10m")
    {
        TestModule.Write(folder);
        var job = Path.Combine(folder, "job.yaml");
        await File.WriteAllLinesAsync(Path.Combine(folder, "items.txt"), Enumerable.Range(0, tasklets).Select(i => $"{letter}-{i}"), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(job, $$"""
            version: 1
            name: soak
            task: { module: task.wasm }
            inputs: { lines: items.txt }
            output: { dir: out, name: "{index}.txt" }
            limits: { memory: 16MiB, fuel: {{(letter == "m" ? "500M" : "4G")}}, time: 60s, output: 64KiB }
            sla: { deadline: {{deadline}}, budget: 60 CRD, verification: optimistic }

            """, TestContext.Current.CancellationToken);
        return job;
    }

    /// <summary>Posts a job, again and again while nobody takes its data: right after a strike there may be nobody.</summary>
    public static async Task<string> PostAsync(LocalMarketFixture local, string job, Action<string> tell)
    {
        var id = "";
        await LocalMarketFixture.UntilAsync(
            async () =>
            {
                var run = await local.Market.RunAsync(["job", "run", job, "--yes", "--json", "--detach", "--skip-local-run"]);
                if (run.Exit == 0) id = run.Json.GetProperty("id").GetString()!;
                else tell($"posting: exit {run.Exit} {run.Error.Split('\n')[0]}");
                return run.Exit == 0;
            },
            "a job to be posted");
        return id;
    }

    /// <summary>
    /// Sees a job to its end and checks it: no tasklet paid twice, and each lease of a range that was given out before comes
    /// after one that fell, whose reason the job's log tells.
    /// </summary>
    /// <returns>Tasklets that were paid, and how often a range was given out again.</returns>
    public static async Task<(int Paid, int Again)> EndsAsync(LocalMarketFixture local, string job, int tasklets, Action<string> tell, int maxRounds = 200, bool moveTime = true)
    {
        for (var rounds = 0; ; rounds++)
        {
            var run = await local.Market.RunAsync(["job", "show", job, "--json"]);
            if (run.Exit == 5) continue;
            var seen = run.Exits(0).Json;
            var leases = seen.GetProperty("leases").EnumerateArray().ToList();
            var paid = leases.Where(l => l.GetProperty("state").GetString() == "settled").SelectMany(RangeOf).ToList();
            Assert.Equal(paid.Count, paid.Distinct().Count());
            if ((seen.GetProperty("state").GetString() == "closed" || seen.GetProperty("over").GetBoolean()) && !leases.Any(IsOpen))
            {
                var again = await ReasonsAsync(local, job);
                tell($"{job}: {paid.Count} of {tasklets} tasklets paid, {leases.Count} leases, {again} of ranges given out before, refund {seen.GetProperty("refund").GetProperty("amount").GetString()}");
                return (paid.Count, again);
            }

            Assert.True(rounds < maxRounds, $"job {job} does not end: {seen}");
            if (moveTime && rounds > 0 && rounds % 8 == 0) (await local.Market.RunAsync(["dev", "time", "+1m"])).Exits(0);
            if (!moveTime) await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        }
    }

    // How often ranges were leased again; each time something fell before, and the log says in words why.
    private static async Task<int> ReasonsAsync(LocalMarketFixture local, string job)
    {
        var events = (await local.Market.RunAsync(["job", "logs", job, "--json"])).Exits(0).Json.GetProperty("events").EnumerateArray().ToList();
        var fallen = new HashSet<int>();
        var again = 0;
        foreach (var e in events)
        {
            switch (e.GetProperty("step").GetString())
            {
                case "expired" or "declined" or "voided":
                    fallen.UnionWith(RangeOf(e));
                    break;
                case "leased" when e.GetProperty("attempt").GetInt32() > 0:
                    again++;
                    Assert.Subset(fallen, new HashSet<int>(RangeOf(e)));
                    Assert.Contains(" because d-", e.GetProperty("text").GetString(), StringComparison.Ordinal);
                    break;
                default:
                    break;
            }
        }

        return again;
    }

    private static IEnumerable<int> RangeOf(JsonElement lease) => Enumerable.Range(lease.GetProperty("first").GetInt32(), lease.GetProperty("count").GetInt32());

    private static bool IsOpen(JsonElement lease) => lease.GetProperty("state").GetString() is "leased" or "committed" or "disputed";
}
