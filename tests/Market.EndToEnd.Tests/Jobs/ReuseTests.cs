using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Jobs;

/// <summary>What a device ran before it does not run again: same module, same input, same limits, same result.</summary>
public sealed class ReuseTests(LocalMarketFixture local) : IClassFixture<LocalMarketFixture>
{
    [Fact]
    public async Task SameTaskletsAgain_AreAnsweredFromTheJournal_AndPaidAllTheSame()
    {
        var (first, second) = (await WriteAsync("[alpha, beta, gamma]"), await WriteAsync("[gamma, delta, alpha]"));

        (await local.Market.RunAsync(["job", "run", first, "--yes", "--json"])).Exits(0);
        Assert.Equal(0, await ReusedAsync());
        var run = (await local.Market.RunAsync(["job", "run", second, "--yes", "--json"])).Exits(0).Json;

        Assert.Equal("gamma", await File.ReadAllTextAsync(Path.Combine(Path.GetDirectoryName(second)!, "out", "0.txt"), TestContext.Current.CancellationToken));
        Assert.Equal("delta", await File.ReadAllTextAsync(Path.Combine(Path.GetDirectoryName(second)!, "out", "1.txt"), TestContext.Current.CancellationToken));
        Assert.Equal(1, await ReusedAsync());
        Assert.All(run.GetProperty("leases").EnumerateArray(), l => Assert.NotEqual("0", l.GetProperty("paid").GetProperty("baseUnits").GetString()));
        await local.AssertExactAsync();
    }

    // Leases that say so in the logs of the nodes: both known tasklets are in the one lease.
    private async Task<int> ReusedAsync()
    {
        var lines = 0;
        foreach (var log in Directory.GetFiles(Path.Combine(local.Home, "dev"), "node-*.log"))
        {
            lines += (await File.ReadAllLinesAsync(log, TestContext.Current.CancellationToken)).Count(l => l.Contains("2 of 3 tasklets were run before", StringComparison.Ordinal));
        }

        return lines;
    }

    private async Task<string> WriteAsync(string items)
    {
        var folder = local.Folder();
        TestModule.Write(folder);
        var job = Path.Combine(folder, "job.yaml");
        await File.WriteAllTextAsync(job, $$"""
            version: 1
            name: reuse
            task: { module: task.wasm }
            inputs: { list: {{items}} }
            output: { dir: out, name: "{index}.txt" }
            limits: { memory: 16MiB, fuel: 10M, time: 60s, output: 1MiB }
            sla: { deadline: 5m, budget: 5 CRD, verification: trusted, devices: [d-1] }

            """, TestContext.Current.CancellationToken);
        return job;
    }
}
