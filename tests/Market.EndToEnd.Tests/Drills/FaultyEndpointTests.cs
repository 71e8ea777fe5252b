using System.Diagnostics;
using Market.Chain.Tests.Rpc;
using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Drills;

/// <summary>The only endpoint that anyone knows is silent, down, wrong, or of another chain, in the middle of a job.</summary>
public sealed class FaultyEndpointTests(FaultyEndpointFixture local) : IClassFixture<FaultyEndpointFixture>
{
    private const int Tasklets = 12;

    // What nodes log when they lose the chain and when they find it again.
    private const int Lost = 4010;
    private const int Found = 4011;

    // Requests of three nodes and a client that a fault spoils before it ends.
    private const int Meetings = 24;

    [Fact]
    public async Task EveryFaultInTurn_TheJobIsDone_AndTheLogsSayWhatWasWrong()
    {
        using var single = await WatchedJob.StartAsync(local, "[1]", "task: { module: task.wasm }\noutput: { dir: out, name: \"{index}.txt\" }");
        using var staged = await WatchedJob.StartAsync(local, "[2, 3]", """
            stages:
              - { id: map, task: { module: task.wasm } }
              - { id: all, task: { module: task.wasm }, inputs: { from: map, group: all } }
            output: { from: all, dir: out, name: "all.txt" }
            """);

        foreach (var fault in new[] { Fault.Reset, Fault.Garbage, Fault.Overloaded, Fault.Silent, Fault.Elsewhere })
        {
            var (lost, found) = (await CountAsync(Lost), await CountAsync(Found));
            local.Proxy.Meet(fault);
            await LocalMarketFixture.UntilAsync(async () => local.Proxy.Treated >= Meetings && (await CountAsync(Lost)).All(now => now.Value > lost[now.Key]), $"the market to meet {fault}");
            local.Proxy.Meet(Fault.None);
            await LocalMarketFixture.UntilAsync(async () => (await CountAsync(Found)).All(now => now.Value > found[now.Key]), $"every node to get over {fault}");
        }

        foreach (var node in local.Nodes) Assert.DoesNotContain("\"EventId\":4013,", await local.LogAsync(node), StringComparison.Ordinal);
        Assert.Equal(Tasklets, await single.EndAsync());
        Assert.Equal(1, await staged.EndAsync());
        await local.AssertExactAsync();
    }

    private async Task<Dictionary<string, int>> CountAsync(int eventId)
    {
        var counts = new Dictionary<string, int>();
        foreach (var node in local.Nodes) counts[node] = (await local.LogAsync(node)).Split('\n').Count(l => l.Contains($"\"EventId\":{eventId},", StringComparison.Ordinal));
        return counts;
    }

    /// <summary>A job that is under way, and a client that watches and keeps it.</summary>
    private sealed class WatchedJob : IDisposable
    {
        private readonly LocalMarketFixture _local;
        private readonly string _id;
        private readonly string _folder;
        private readonly Process _client;
        private readonly Task<string> _said;

        private WatchedJob(LocalMarketFixture local, string id, string folder)
        {
            (_local, _id, _folder) = (local, id, folder);
            _client = local.Market.Start(["job", "watch", id, "--keep", "--timeout", "5m", "--json"]);
            _said = _client.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        }

        // Each on devices of its own: a job is posted only where a lane is free.
        public static async Task<WatchedJob> StartAsync(LocalMarketFixture local, string devices, string stages)
        {
            var folder = local.Folder();
            TestModule.Write(folder);
            var job = Path.Combine(folder, "job.yaml");
            await File.WriteAllTextAsync(job, $$"""
                version: 1
                name: faulty-endpoint
                inputs: { list: [{{string.Join(", ", Enumerable.Range(0, Tasklets).Select(i => $"spin-{i}"))}}] }
                limits: { memory: 16MiB, fuel: 4G, time: 60s, output: 1MiB }
                sla: { deadline: 10m, budget: 5 CRD, verification: optimistic, devices: {{devices}} }

                """ + stages + "\n", TestContext.Current.CancellationToken);
            var id = (await local.Market.RunAsync(["job", "run", job, "--yes", "--json", "--detach", "--skip-local-run"])).Exits(0).Json.GetProperty("id").GetString()!;
            var watched = new WatchedJob(local, id, folder);
            Assert.NotNull(await watched._client.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
            _ = watched._client.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            return watched;
        }

        /// <summary>Waits for the client, which lived through everything and said so; how many outputs there are.</summary>
        public async Task<int> EndAsync()
        {
            await _client.WaitForExitAsync(TestContext.Current.CancellationToken);
            var said = await _said;
            Assert.True(_client.ExitCode == 0, said);
            Assert.Contains("the chain cannot be reached", said, StringComparison.Ordinal);
            Assert.Contains("the chain is reached again", said, StringComparison.Ordinal);
            (await _local.Market.RunAsync(["job", "results", _id])).Exits(0);
            return Directory.GetFiles(Path.Combine(_folder, "out"), "*.txt").Length;
        }

        public void Dispose() => _client.Dispose();
    }
}
