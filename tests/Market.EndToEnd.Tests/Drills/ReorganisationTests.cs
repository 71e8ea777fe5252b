using System.Diagnostics;
using System.Text.Json;
using Market.Chain;
using Market.Chain.Development;
using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Drills;

/// <summary>
/// The chain takes back at least three blocks with a job's match, then its commitments, then its settlements, while nodes
/// and a client go on. Everyone finds back; nothing is paid or committed twice.
/// </summary>
[Collection(DrillMarket.Name)]
public sealed class ReorganisationTests(LocalMarketFixture local)
{
    private const uint Depth = 3;
    private const int Tasklets = 6;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task MatchCommitAndSettleFallOut_TheJobIsDone_AndPaidOnce(bool transactionsStayInThePool)
    {
        using var chain = await local.ConnectAsync();
        var errors = await ErrorsAsync();
        var folder = local.Folder();

        var fork = await BeginAsync(chain);
        var id = (await local.Market.RunAsync(["job", "run", await WriteJobAsync(folder), "--yes", "--json", "--detach", "--skip-local-run"])).Exits(0).Json.GetProperty("id").GetString()!;
        var keys = Keys(await local.WaitForAsync(id, j => Of(j, "waiting") == 0));
        await FallAsync(fork, transactionsStayInThePool);

        // The next moment to go back to is marked at once: whatever happens from here on falls out again.
        fork = await BeginAsync(chain);
        await using var client = new Keeper(local, id);
        var committed = await local.WaitForAsync(id, j => Of(j, "committed") + Of(j, "settled") == Tasklets);
        await FallAsync(fork, transactionsStayInThePool);

        // Content names leases, so the very same match gives the very same leases.
        if (transactionsStayInThePool) Assert.Equal(keys, Keys(committed));

        fork = await BeginAsync(chain);
        await client.GoOnAsync();
        await local.WaitForAsync(id, j => Of(j, "committed") + Of(j, "settled") == Tasklets);
        (await local.Market.RunAsync(["dev", "time", "+15s"])).Exits(0);
        await local.WaitForAsync(id, j => Of(j, "settled") == Tasklets);
        await FallAsync(fork, transactionsStayInThePool);

        await client.GoOnAsync();
        await local.WaitForAsync(id, j => Of(j, "committed") + Of(j, "settled") == Tasklets);
        (await local.Market.RunAsync(["dev", "time", "+15s"])).Exits(0);
        var done = await local.WaitForAsync(id, j => Of(j, "settled") == Tasklets);
        await client.EndsAsync();

        var log = (await local.Market.RunAsync(["job", "logs", id, "--json"])).Exits(0).Json.GetProperty("events").EnumerateArray().ToList();
        foreach (var step in new[] { "leased", "committed", "settled" })
        {
            Assert.Equal(Keys(done), log.Where(e => e.GetProperty("step").GetString() == step).Select(e => e.GetProperty("lease").GetString()).Order());
        }

        (await local.Market.RunAsync(["job", "results", id])).Exits(0);
        Assert.Equal(Enumerable.Range(0, Tasklets).Select(i => $"spin-{i}"), Enumerable.Range(0, Tasklets).Select(i => File.ReadAllText(Path.Combine(folder, "out", $"{i}.txt"))));
        await local.AssertExactAsync();
        Assert.Equal(errors, await ErrorsAsync());
    }

    private static Task<Reorganisation> BeginAsync(MarketConnection chain) => Reorganisation.BeginAsync(chain.Client, TestContext.Current.CancellationToken);

    private static async Task FallAsync(Reorganisation fork, bool keep)
    {
        var fallen = await fork.TakeBackAsync(Depth, keep, TestContext.Current.CancellationToken);
        Assert.True(fallen is { Depth: >= Depth, Transactions: > 0 }, $"{fallen}");
    }

    private static uint Of(JsonElement job, string state) => job.GetProperty("tasklets").GetProperty(state).GetUInt32();

    private static List<string?> Keys(JsonElement job) => [.. job.GetProperty("leases").EnumerateArray().Select(l => l.GetProperty("key").GetString()).Order()];

    private async Task<List<string>> ErrorsAsync()
    {
        var errors = new List<string>();
        foreach (var log in Directory.GetFiles(Path.Combine(local.Home, "dev"), "node-*.log"))
        {
            errors.AddRange((await File.ReadAllLinesAsync(log, TestContext.Current.CancellationToken)).Where(l => l.Contains("\"LogLevel\":\"Error\"", StringComparison.Ordinal)));
        }

        return errors;
    }

    private static async Task<string> WriteJobAsync(string folder)
    {
        TestModule.Write(folder);
        var job = Path.Combine(folder, "job.yaml");
        await File.WriteAllTextAsync(job, $$"""
            version: 1
            name: reorganised
            task: { module: task.wasm }
            inputs: { list: [{{string.Join(", ", Enumerable.Range(0, Tasklets).Select(i => $"spin-{i}"))}}] }
            output: { dir: out, name: "{index}.txt" }
            limits: { memory: 16MiB, fuel: 4G, time: 60s, output: 1MiB }
            sla: { deadline: 10m, budget: 5 CRD, verification: optimistic }

            """, TestContext.Current.CancellationToken);
        return job;
    }

    // A consumer that moves its job on. One that saw the job done and left comes back when the chain takes that back.
    private sealed class Keeper : IAsyncDisposable
    {
        private readonly LocalMarketFixture _local;
        private readonly string _job;
        private Process _client;
        private Task<string> _said;

        public Keeper(LocalMarketFixture local, string job)
        {
            (_local, _job) = (local, job);
            (_client, _said) = Start();
        }

        public async Task GoOnAsync()
        {
            if (!_client.HasExited) return;
            await EndsAsync();
            (_client, _said) = Start();
        }

        public async Task EndsAsync()
        {
            await _client.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(_client.ExitCode == 0, await _said);
            _client.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            _client.Dispose();
            return default;
        }

        private (Process Client, Task<string> Said) Start()
        {
            var client = _local.Market.Start(["job", "watch", _job, "--keep", "--timeout", "5m"]);
            _ = client.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            return (client, client.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        }
    }
}
