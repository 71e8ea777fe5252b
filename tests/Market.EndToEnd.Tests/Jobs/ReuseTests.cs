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

    [Fact]
    public async Task Retry_BuysOnlyWhatFailed_AndRefusesWhatWouldFailTheSameWay()
    {
        // 'l…' loops until its fuel is gone.
        var job = await WriteAsync("[apple, looping, grape]");
        var (folder, text) = (Path.GetDirectoryName(job)!, await File.ReadAllTextAsync(job, TestContext.Current.CancellationToken));
        var first = (await local.Market.RunAsync(["job", "run", job, "--yes", "--json", "--skip-local-run"])).Exits(6).Json.GetProperty("id").GetString()!;

        Assert.Contains("E2305", (await local.Market.RunAsync(["job", "retry", first, "--yes"])).Exits(6).Error, StringComparison.Ordinal);

        await File.WriteAllTextAsync(job, text.Replace("looping", "banana", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        Assert.Contains("E1108", (await local.Market.RunAsync(["job", "retry", first])).Exits(3).Error, StringComparison.Ordinal);
        var dry = (await local.Market.RunAsync(["job", "retry", first, "--dry-run", "--json"])).Exits(0).Json;
        Assert.Equal("[1]", dry.GetProperty("retried").GetRawText());
        Assert.Equal("[0,2]", dry.GetProperty("reused").GetRawText());
        Assert.False(dry.TryGetProperty("job", out _));

        var again = (await local.Market.RunAsync(["job", "retry", first, "--yes", "--json"])).Exits(0).Json;
        var bought = again.GetProperty("job");
        Assert.Equal(1u, bought.GetProperty("tasklets").GetProperty("total").GetUInt32());
        Assert.Equal("banana", await File.ReadAllTextAsync(Path.Combine(folder, "out", "1.txt"), TestContext.Current.CancellationToken));
        Assert.Equal("grape", await File.ReadAllTextAsync(Path.Combine(folder, "out", "2.txt"), TestContext.Current.CancellationToken));

        Assert.Contains($"market job results {bought.GetProperty("id").GetString()}", (await local.Market.RunAsync(["job", "results", first])).Exits(2).Error, StringComparison.Ordinal);

        // A retry of the retry is one of the whole, and finds nothing to buy.
        var nothing = (await local.Market.RunAsync(["job", "retry", bought.GetProperty("id").GetString()!, "--json"])).Exits(0).Json;
        Assert.Equal("[]", nothing.GetProperty("retried").GetRawText());
        Assert.Equal("[0,1,2]", nothing.GetProperty("reused").GetRawText());

        var verified = (await local.Market.RunAsync(["verify", Path.Combine(folder, "out"), "--inputs", job, "--rerun", "100%", "--json"])).Exits(0).Json;
        Assert.Equal(3, verified.GetProperty("outputs").GetInt32());
        Assert.Equal(3, verified.GetProperty("rerun").GetInt32());
        Assert.Equal(0, verified.GetProperty("uncovered").GetArrayLength());
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
