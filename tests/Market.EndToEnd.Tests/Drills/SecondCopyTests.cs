using System.Globalization;
using System.Text.Json;
using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Drills;

/// <summary>
/// A device accepts a part of a short job and stays silent. The attached consumer hears nothing, buys that part a second time
/// out of the rest of its budget, and has all results before the silent lease could have been given to others.
/// </summary>
public sealed class SecondCopyTests(SilentMarketFixture local, ITestOutputHelper output) : IClassFixture<SilentMarketFixture>
{
    private const int Tasklets = 12;

    [Fact]
    public async Task ASilentDevicesRange_IsBoughtASecondTime_WithinTheBudget_AndTheLogSaysWhy()
    {
        Soak.Require("MARKET_SOAK_STAGED");
        var folder = local.Folder();
        TestModule.Write(folder);
        var job = Path.Combine(folder, "job.yaml");
        await File.WriteAllTextAsync(job, $$"""
            version: 1
            name: second-copy
            task: { module: task.wasm }
            inputs: { list: [{{string.Join(", ", Enumerable.Range(0, Tasklets).Select(i => $"item-{i}"))}}] }
            output: { dir: out, name: "{index}.txt" }
            limits: { memory: 16MiB, fuel: 10M, time: 30s, output: 64KiB }
            sla: { deadline: 60s, budget: 5 CRD, verification: optimistic }

            """, TestContext.Current.CancellationToken);

        var run = (await local.Market.RunAsync(["job", "run", job, "--yes", "--json", "--accept", "--skip-local-run", "--timeout", "5m"])).Exits(0).Json;

        for (var i = 0; i < Tasklets; i++) Assert.Equal($"item-{i}", await File.ReadAllTextAsync(Path.Combine(folder, "out", $"{i}.txt"), TestContext.Current.CancellationToken));
        var log = (await local.Market.RunAsync(["job", "logs", run.GetProperty("id").GetString()!, "--json"])).Exits(0).Json;
        var decisions = log.GetProperty("decisions").EnumerateArray().ToList();
        foreach (var d in decisions) Tell(d.GetProperty("text").GetString()!);
        foreach (var e in log.GetProperty("events").EnumerateArray()) Tell($"{e.GetProperty("time").GetString()} {e.GetProperty("text").GetString()}");
        Assert.Contains(decisions, d => Is(d, "second-copy") && d.GetProperty("reason").GetString() == "FasterElsewhere");
        Assert.Contains(decisions, d => Is(d, "copy-bought"));
        Assert.Contains(decisions, d => Is(d, "copy-used"));
        var shown = (await local.Market.RunAsync(["job", "show", run.GetProperty("id").GetString()!, "--json"])).Exits(0).Json;
        var copy = Assert.Single(shown.GetProperty("copies").EnumerateArray());
        Assert.Contains($"bought a second time as {copy.GetProperty("id").GetString()}", (await local.Market.RunAsync(["job", "explain", run.GetProperty("id").GetString()!])).Exits(0).Out, StringComparison.Ordinal);

        // Both offers together escrowed no more than the budget, and no tasklet of either was paid twice.
        var jobs = (await local.Market.RunAsync(["job", "list", "--json"])).Exits(0).Json.GetProperty("jobs").EnumerateArray().Select(j => j.GetProperty("id").GetString()!).ToList();
        Assert.Equal(2, jobs.Count);
        var escrowed = 0L;
        foreach (var id in jobs)
        {
            var seen = (await local.Market.RunAsync(["job", "show", id, "--json"])).Exits(0).Json;
            escrowed += long.Parse(seen.GetProperty("escrow").GetProperty("baseUnits").GetString()!, CultureInfo.InvariantCulture);
            var paid = seen.GetProperty("leases").EnumerateArray().Where(l => l.GetProperty("state").GetString() == "settled")
                .SelectMany(l => Enumerable.Range(l.GetProperty("first").GetInt32(), l.GetProperty("count").GetInt32())).ToList();
            Assert.Equal(paid.Count, paid.Distinct().Count());
        }

        Assert.True(escrowed <= 5_000_000, $"{escrowed} base units escrowed");
        await local.AssertExactAsync();
        (await local.Market.RunAsync(["verify", Path.Combine(folder, "out"), "--inputs", job])).Exits(0);
    }

    private static bool Is(JsonElement decision, string what) => decision.GetProperty("decision").GetString() == what;

    private void Tell(string line)
    {
        output.WriteLine(line);
        TestContext.Current.SendDiagnosticMessage(line);
    }
}

/// <summary>Four nodes of which the cheapest bids, is leased, and does nothing.</summary>
public sealed class SilentMarketFixture : LocalMarketFixture
{
    protected override string[] StartArguments => ["--nodes", "4", "--liar", "silent"];
}
