using System.Diagnostics;
using Market.Domain.Leases;
using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Jobs;

/// <summary>Processes that die in the middle, or are taken for dead: nothing is lost, nothing is paid twice.</summary>
public sealed class CrashTests(LocalMarketFixture local) : IClassFixture<LocalMarketFixture>
{
    [Fact]
    public async Task NodeKilledMidLease_ItsRangeExpires_AndAnotherDeviceDeliversIt()
    {
        var (folder, job) = await WriteAsync("spin");
        var nodes = await NodesAsync();
        var id = (await local.Market.RunAsync(["job", "run", job, "--yes", "--json", "--detach", "--skip-local-run"])).Exits(0).Json.GetProperty("id").GetString()!;
        var leased = await local.WaitForAsync(id, j => j.GetProperty("leases").GetArrayLength() > 0);
        var lease = leased.GetProperty("leases").EnumerateArray().MaxBy(l => l.GetProperty("count").GetInt32());
        var (victim, lost) = (lease.GetProperty("device").GetUInt32(), lease.GetProperty("count").GetUInt32());

        using (var process = Process.GetProcessById(nodes[victim])) process.Kill();
        await local.WaitForAsync(id, j => Done(j) == 12 - lost);
        (await local.Market.RunAsync(["dev", "time", "+2m"])).Exits(0);
        (await local.Market.RunAsync(["job", "watch", id, "--timeout", "3m"])).Exits(0);

        var done = (await local.Market.RunAsync(["job", "results", id, "--json"])).Exits(0).Json;
        Assert.Equal(12, Directory.GetFiles(Path.Combine(folder, "out"), "*.txt").Length);
        var settled = (await local.Market.RunAsync(["job", "show", id, "--json"])).Exits(0).Json.GetProperty("leases").EnumerateArray()
            .Where(l => l.GetProperty("state").GetString() == "settled").ToList();
        Assert.Equal(12, settled.Sum(l => l.GetProperty("count").GetInt32()));
        Assert.DoesNotContain(settled, l => l.GetProperty("device").GetUInt32() == victim && l.GetProperty("attempt").GetInt32() > 0);
        Assert.Equal(12, done.GetProperty("results").GetProperty("files").GetArrayLength());
        var fallen = Assert.Single((await local.Market.RunAsync(["job", "show", id, "--json"])).Exits(0).Json.GetProperty("leases").EnumerateArray(), l => l.GetProperty("state").GetString() == "expired");
        Assert.Equal(victim, fallen.GetProperty("device").GetUInt32());
        var log = (await local.Market.RunAsync(["job", "logs", id, "--json"])).Exits(0).Json.GetProperty("events").EnumerateArray().ToList();
        Assert.Equal("posted", log[0].GetProperty("step").GetString());
        Assert.Equal(victim, Assert.Single(log, e => e.GetProperty("step").GetString() == "expired").GetProperty("device").GetUInt32());
        var explained = (await local.Market.RunAsync(["job", "explain", id])).Exits(0);
        Assert.Contains($"d-{victim} did not deliver in time", explained.Out, StringComparison.Ordinal);
        await local.AssertExactAsync();
    }

    [Fact]
    public async Task NodeThatRuns_AppearsWhenItIsSummoned_AndKeepsItsLease()
    {
        var (_, job) = await WriteAsync("still");
        using var chain = await local.ConnectAsync();
        var id = (await local.Market.RunAsync(["job", "run", job, "--yes", "--json", "--detach", "--skip-local-run"])).Exits(0).Json.GetProperty("id").GetString()!;
        var (state, _) = await LocalMarketFixture.StateAsync(chain);
        var lease = state.OpenLeases.Select(key => state.Leases[key]).Where(l => l.State == LeaseState.Leased).MaxBy(l => l.Lease.Count)!;

        using (var sender = chain.Sender(await local.ConsumerKeyAsync()))
        {
            (await chain.As(sender).SummonAsync(state.Offers[lease.Lease.Offer].Terms, lease.Lease, TestContext.Current.CancellationToken)).Require();
        }

        (await local.Market.RunAsync(["job", "watch", id, "--keep", "--timeout", "3m"])).Exits(0);
        var end = (await LocalMarketFixture.StateAsync(chain)).State.Leases[lease.Key];
        Assert.Equal((LeaseState.Settled, true, null), (end.State, end.Summoned, end.AppearBy));
        var log = (await local.Market.RunAsync(["job", "logs", id, "--json"])).Exits(0).Json.GetProperty("events").EnumerateArray().ToList();
        Assert.Equal(lease.Lease.Device.Value, Assert.Single(log, e => e.GetProperty("step").GetString() == "appeared").GetProperty("device").GetUInt32());
        await local.AssertExactAsync();
    }

    // Each item has the test module compute for a while; nodes answer from their journals what they ran before.
    private async Task<(string Folder, string Job)> WriteAsync(string items)
    {
        var folder = local.Folder();
        TestModule.Write(folder);
        var job = Path.Combine(folder, "job.yaml");
        await File.WriteAllTextAsync(job, $$"""
            version: 1
            name: crash
            task: { module: task.wasm }
            inputs: { list: [{{string.Join(", ", Enumerable.Range(0, 12).Select(i => $"{items}-{i}"))}}] }
            output: { dir: out, name: "{index}.txt" }
            limits: { memory: 16MiB, fuel: 4G, time: 60s, output: 1MiB }
            sla: { deadline: 5m, budget: 5 CRD, verification: optimistic }

            """, TestContext.Current.CancellationToken);
        return (folder, job);
    }

    private static uint Done(System.Text.Json.JsonElement job) =>
        job.GetProperty("tasklets").GetProperty("committed").GetUInt32() + job.GetProperty("tasklets").GetProperty("settled").GetUInt32();

    // Registration is concurrent: which node became which device is on the chain.
    private async Task<Dictionary<uint, int>> NodesAsync()
    {
        var nodes = new Dictionary<uint, int>();
        foreach (var (name, pid) in (await local.ProcessesAsync()).Where(p => p.Key != "chain"))
        {
            var config = Path.Combine(local.Home, "dev", name, "provider.yaml");
            var status = (await local.Market.RunAsync(["provider", "status", "--config", config, "--json"])).Exits(0).Json;
            nodes[uint.Parse(status.GetProperty("device").GetString()![2..], System.Globalization.CultureInfo.InvariantCulture)] = pid;
        }

        return nodes;
    }
}
