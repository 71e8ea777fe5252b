using System.Diagnostics;
using Market.Domain.Leases;
using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Jobs;

/// <summary>A consumer that hears nothing of a device has it appear: who is there keeps its lease, who is not loses it before it is due.</summary>
public sealed class SummonsTests(LocalMarketFixture local) : IClassFixture<LocalMarketFixture>
{
    private const int Tasklets = 12;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ANodeThatRuns_Appears_AndKeepsItsLease_AndADeadOne_LosesItBeforeItIsDue()
    {
        using var chain = await local.ConnectAsync();
        var folder = local.Folder();
        var job = await WriteAsync(folder);
        var id = (await local.Market.RunAsync(["job", "run", job, "--yes", "--json", "--detach", "--skip-local-run"])).Exits(0).Json.GetProperty("id").GetString()!;
        await local.WaitForAsync(id, j => j.GetProperty("leases").GetArrayLength() > 1);
        var (state, _) = await LocalMarketFixture.StateAsync(chain);
        var running = state.OpenLeases.Select(key => state.Leases[key]).Where(l => l.State == LeaseState.Leased).OrderByDescending(l => l.Lease.Count).Take(2).ToArray();
        var (there, dead) = (running[0], running[1]);
        using (var process = Process.GetProcessById(await ProcessOfAsync(dead.Lease.Device.Value))) process.Kill();

        using (var sender = chain.Sender(await local.ConsumerKeyAsync()))
        {
            (await chain.As(sender).SummonAsync(state.Offers[there.Lease.Offer].Terms, there.Lease, Cancel)).Require();
        }

        // Who is attached summons the other one itself.
        (await local.Market.RunAsync(["job", "watch", id, "--keep", "--timeout", "3m"])).Exits(0);

        (await local.Market.RunAsync(["job", "results", id])).Exits(0);
        for (var i = 0; i < Tasklets; i++) Assert.Equal($"spin-{i}", await File.ReadAllTextAsync(Path.Combine(folder, "out", $"{i}.txt"), Cancel));
        var ended = (await LocalMarketFixture.StateAsync(chain)).State.Leases;
        Assert.Equal((LeaseState.Settled, true, null), (ended[there.Key].State, ended[there.Key].Summoned, ended[there.Key].AppearBy));
        Assert.Equal((LeaseState.Expired, true), (ended[dead.Key].State, ended[dead.Key].Summoned));
        Assert.True(ended[dead.Key].Changed.Time < dead.Due, "it was due already");
        var log = (await local.Market.RunAsync(["job", "logs", id, "--json"])).Exits(0).Json;
        Assert.Contains(log.GetProperty("events").EnumerateArray(), e => e.GetProperty("step").GetString() == "appeared" && e.GetProperty("device").GetUInt32() == there.Lease.Device.Value);
        Assert.Contains(log.GetProperty("decisions").EnumerateArray(), d => d.GetProperty("decision").GetString() == "summon" && d.GetProperty("device").GetUInt32() == dead.Lease.Device.Value);
        Assert.Contains($"{dead.Lease.Device} fell silent and did not appear", (await local.Market.RunAsync(["job", "explain", id])).Exits(0).Out, StringComparison.Ordinal);
        await local.AssertExactAsync();
    }

    private static async Task<string> WriteAsync(string folder)
    {
        TestModule.Write(folder);
        var job = Path.Combine(folder, "job.yaml");
        await File.WriteAllTextAsync(job, $$"""
            version: 1
            name: summons
            task: { module: task.wasm }
            inputs: { list: [{{string.Join(", ", Enumerable.Range(0, Tasklets).Select(i => $"spin-{i}"))}}] }
            output: { dir: out, name: "{index}.txt" }
            limits: { memory: 16MiB, fuel: 16G, time: 60s, output: 1MiB }
            sla: { deadline: 10m, budget: 20 CRD, verification: optimistic }

            """, Cancel);
        return job;
    }

    private async Task<int> ProcessOfAsync(uint device)
    {
        foreach (var (name, pid) in (await local.ProcessesAsync()).Where(p => p.Key != "chain"))
        {
            var status = (await local.Market.RunAsync(["provider", "status", "--config", Path.Combine(local.Home, "dev", name, "provider.yaml"), "--json"])).Exits(0).Json;
            if (status.GetProperty("device").GetString() == $"d-{device}") return pid;
        }

        throw new InvalidOperationException($"no node is d-{device}");
    }
}
