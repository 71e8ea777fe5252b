using System.Diagnostics;
using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Jobs;

/// <summary>Processes that die in the middle: nothing is lost, nothing is paid twice.</summary>
public sealed class CrashTests(LocalMarketFixture local) : IClassFixture<LocalMarketFixture>
{
    [Fact]
    public async Task NodeKilledMidLease_ItsRangeExpires_AndAnotherDeviceDeliversIt()
    {
        var folder = local.Folder();
        TestModule.Write(folder);
        var job = Path.Combine(folder, "job.yaml");
        var items = string.Join(", ", Enumerable.Range(0, 12).Select(i => $"spin-{i}"));
        await File.WriteAllTextAsync(job, $$"""
            version: 1
            name: crash
            task: { module: task.wasm }
            inputs: { list: [{{items}}] }
            output: { dir: out, name: "{index}.txt" }
            limits: { memory: 16MiB, fuel: 2G, time: 60s, output: 1MiB }
            sla: { deadline: 5m, budget: 5 CRD, verification: optimistic }

            """, TestContext.Current.CancellationToken);
        var id = (await local.Market.RunAsync(["job", "run", job, "--yes", "--json", "--detach", "--skip-local-run"])).Exits(0).Json.GetProperty("id").GetString()!;
        var leased = await local.WaitForAsync(id, j => j.GetProperty("leases").GetArrayLength() > 0);
        var victim = leased.GetProperty("leases").EnumerateArray().First().GetProperty("device").GetUInt32();
        var name = await NodeOfAsync(victim);

        using (var process = Process.GetProcessById((await local.ProcessesAsync())[name])) process.Kill();
        var watch = await local.Market.RunAsync(["job", "watch", id, "--timeout", "4m"]);

        Assert.True(watch.Exit is 0, $"exit {watch.Exit}\n{watch.Out}\n{watch.Error}");
        var done = (await local.Market.RunAsync(["job", "results", id, "--json"])).Exits(0).Json;
        Assert.Equal(12, Directory.GetFiles(Path.Combine(folder, "out"), "*.txt").Length);
        var settled = (await local.Market.RunAsync(["job", "show", id, "--json"])).Exits(0).Json.GetProperty("leases").EnumerateArray()
            .Where(l => l.GetProperty("state").GetString() is "Settled" or "settled").ToList();
        Assert.Equal(12, settled.Sum(l => l.GetProperty("count").GetInt32()));
        Assert.DoesNotContain(settled, l => l.GetProperty("device").GetUInt32() == victim && l.GetProperty("attempt").GetInt32() > 0);
        Assert.NotEqual(default, done);
        await local.AssertExactAsync();
    }

    // Registration is concurrent: which node became which device is on the chain.
    private async Task<string> NodeOfAsync(uint device)
    {
        foreach (var name in new[] { "node-1", "node-2", "node-3" })
        {
            var config = Path.Combine(local.Home, "dev", name, "provider.yaml");
            var status = (await local.Market.RunAsync(["provider", "status", "--config", config, "--json"])).Exits(0).Json;
            if (status.GetProperty("device").GetString() == $"d-{device}") return name;
        }

        throw new InvalidOperationException($"no node runs device {device}");
    }
}
