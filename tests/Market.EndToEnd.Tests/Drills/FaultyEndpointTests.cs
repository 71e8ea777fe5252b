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
        var folder = local.Folder();
        TestModule.Write(folder);
        var job = Path.Combine(folder, "job.yaml");
        await File.WriteAllTextAsync(job, $$"""
            version: 1
            name: faulty-endpoint
            task: { module: task.wasm }
            inputs: { list: [{{string.Join(", ", Enumerable.Range(0, Tasklets).Select(i => $"spin-{i}"))}}] }
            output: { dir: out, name: "{index}.txt" }
            limits: { memory: 16MiB, fuel: 4G, time: 60s, output: 1MiB }
            sla: { deadline: 10m, budget: 5 CRD, verification: optimistic }

            """, TestContext.Current.CancellationToken);
        var id = (await local.Market.RunAsync(["job", "run", job, "--yes", "--json", "--detach", "--skip-local-run"])).Exits(0).Json.GetProperty("id").GetString()!;
        using var client = local.Market.Start(["job", "watch", id, "--keep", "--timeout", "5m", "--json"]);
        Assert.NotNull(await client.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        _ = client.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var said = client.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);

        foreach (var fault in new[] { Fault.Reset, Fault.Garbage, Fault.Overloaded, Fault.Silent, Fault.Elsewhere })
        {
            var (lost, found) = (await CountAsync(Lost), await CountAsync(Found));
            local.Proxy.Meet(fault);
            await LocalMarketFixture.UntilAsync(async () => local.Proxy.Treated >= Meetings && (await CountAsync(Lost)).All(now => now.Value > lost[now.Key]), $"the market to meet {fault}");
            local.Proxy.Meet(Fault.None);
            await LocalMarketFixture.UntilAsync(async () => (await CountAsync(Found)).All(now => now.Value > found[now.Key]), $"every node to get over {fault}");
        }

        await client.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(client.ExitCode == 0, await said);
        Assert.Contains("the chain cannot be reached", await said, StringComparison.Ordinal);
        Assert.Contains("the chain is reached again", await said, StringComparison.Ordinal);
        foreach (var node in local.Nodes) Assert.DoesNotContain("\"EventId\":4013,", await local.LogAsync(node), StringComparison.Ordinal);
        (await local.Market.RunAsync(["job", "results", id])).Exits(0);
        Assert.Equal(Tasklets, Directory.GetFiles(Path.Combine(folder, "out"), "*.txt").Length);
        await local.AssertExactAsync();
    }

    private async Task<Dictionary<string, int>> CountAsync(int eventId)
    {
        var counts = new Dictionary<string, int>();
        foreach (var node in local.Nodes) counts[node] = (await local.LogAsync(node)).Split('\n').Count(l => l.Contains($"\"EventId\":{eventId},", StringComparison.Ordinal));
        return counts;
    }
}
