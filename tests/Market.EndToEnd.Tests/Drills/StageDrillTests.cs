using System.Collections.Immutable;
using System.Globalization;
using Market.Chain.Development;
using Market.Chain.Generated.JobManager;
using Market.Client.Configuration;
using Market.Client.Development;
using Market.Client.Development.Chaos;
using Market.Client.Development.Wiring;
using Market.Domain.Leases;
using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Drills;

/// <summary>
/// Jobs of several stages while devices die, crawl, go silent and are cut off, and the chain takes blocks back. Each ends within
/// its deadline with the right outputs, or is refunded to the unit; no range is paid twice. <c>scripts/soak.sh</c> runs them.
/// </summary>
public sealed class StageDrillTests(StageDrillFixture local, ITestOutputHelper output) : IClassFixture<StageDrillFixture>
{
    private const byte TooSlow = 6;
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(10);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OneOfFourNodesKilledEveryTenSeconds_TheJobIsDone()
    {
        var tasklets = Soak.Require("MARKET_SOAK_STAGED");
        var random = new Random(Seed());
        var victims = await AllHonestAsync();
        var drill = new StageDrill(local, Tell);
        await drill.PostAsync(drill.Write(tasklets, "m", 50, "60m"));
        var end = drill.EndAsync();
        string? dead = null;
        var deaths = 0;
        while (await Task.WhenAny(end, Task.Delay(Between, Cancel)) != end)
        {
            var next = victims.Nodes.Where(n => n != dead).ElementAt(random.Next(victims.Nodes.Count - (dead is null ? 0 : 1)));
            if (dead is not null) victims.Start(dead);
            await victims.KillAsync(dead = next);
            deaths++;
            Tell($"{drill.Seconds:0} s: kill -9 of {dead}");
        }

        if (dead is not null) victims.Start(dead);
        Assert.Equal(JobStateCode.Finished, (await end).Job.State);
        Tell($"one of four nodes killed every 10 s: {tasklets} tasklets and their reduction done in {drill.Seconds:0} s, {deaths} deaths");
    }

    [Fact]
    public async Task ASlowedNode_HandsBackEarly_AndTheJobIsDone()
    {
        Soak.Require("MARKET_SOAK_STAGED");

        await AllHonestAsync();
        var drill = new StageDrill(local, Tell);
        var times = Soak.Setting("MARKET_SOAK_SLOWED") ?? await TenthOfAttestedAsync();
        await using var slowed = new Slowdown(() => LocalMarketFile.Read(new MarketHome(local.Home))!.Nodes.Single(n => n.Name == StageDrillFixture.Slow), times, TimeProvider.System);
        await drill.PostAsync(drill.Write(40, "spin", 10, "30m"));

        var end = await drill.EndAsync();

        Assert.NotEqual(0, slowed.Stops);
        Assert.Equal(JobStateCode.Finished, end.Job.State);
        var device = await DeviceOfAsync(StageDrillFixture.Slow);
        var back = end.Leases.Where(l => l.Lease.Device.Value == device && l.DeclineReason == TooSlow).ToList();
        Assert.NotEmpty(back);
        Assert.All(back, l => Assert.True(l.Changed.Time < l.Due, "it was handed back when it was late already"));
        var log = await File.ReadAllTextAsync(Path.Combine(local.Home, "dev", StageDrillFixture.Slow + ".log"), Cancel);
        Assert.Contains("\"EventId\":4209,", log, StringComparison.Ordinal);
        foreach (var l in back) Tell($"d-{device} handed {l.Lease.Count} tasklets back {l.Changed.Time.Seconds - l.Given.Time.Seconds} s after it got them, {l.Due.Seconds - l.Changed.Time.Seconds} s before they were due");
        Tell($"a node slowed {times} times: done in {drill.Seconds:0} s");
    }

    [Theory]
    [InlineData("silent", false)]
    [InlineData("silent", true)]
    [InlineData("idle", true)] // It appears when it is summoned, and runs nothing.
    public async Task ANodeThatAcceptsAndDoesNothing_LosesItsRange_AndTheJobIsDone(string lie, bool attached)
    {
        Soak.Require("MARKET_SOAK_STAGED");
        var victims = await AllHonestAsync();
        await victims.RestartNodeAsync(StageDrillFixture.Slow, lie);
        await BiddingAsync();
        var drill = new StageDrill(local, Tell);
        await drill.PostAsync(drill.Write(40, "spin", 10, "30m"));
        if (attached) (await local.Market.RunAsync(["job", "watch", drill.Id, "--keep", "--timeout", "20m"])).Exits(0);

        var end = await drill.EndAsync();

        Assert.Equal(JobStateCode.Finished, end.Job.State);
        var device = await DeviceOfAsync(StageDrillFixture.Slow);
        var lost = end.Leases.Where(l => l.Lease.Device.Value == device).ToList();
        Assert.NotEmpty(lost);
        Assert.All(lost, l => Assert.Equal((LeaseState.Expired, attached, attached && lie == "silent"), (l.State, l.Summoned, l.Changed.Time < l.Due)));
        await victims.RestartNodeAsync(StageDrillFixture.Slow);
        Tell($"a node that accepts and stays {lie}, {(attached ? "a consumer that summons it" : "nobody attached")}: done in {drill.Seconds:0} s, it lost {lost.Sum(l => l.Lease.Count)} tasklets {string.Join(", ", lost.Select(l => $"{l.Changed.Time.Seconds - l.Given.Time.Seconds} s"))} after it got them, and {lost.Aggregate(UInt128.Zero, (sum, l) => sum + l.Penalty.BaseUnits)} base units");
    }

    [Fact]
    public async Task TwentySecondsOfPartition_TheJobIsDone()
    {
        Soak.Require("MARKET_SOAK_STAGED");
        await AllHonestAsync();
        var board = new SwitchboardFiles(Path.Combine(local.Home, "dev"));
        var cut = board.Lines().Where(l => !l.Name.StartsWith("chain/", StringComparison.Ordinal) || l.Name == LocalMarket.ChainLine("node-2")).ToList();
        var drill = new StageDrill(local, Tell);
        await drill.PostAsync(drill.Write(40, "spin", 10, "30m"));

        board.Write(cut.ToImmutableDictionary(line => line.Name, _ => new LineState(LineMode.Silent)));
        await Task.Delay(TimeSpan.FromSeconds(20), Cancel);
        board.Write(ImmutableDictionary<string, LineState>.Empty);

        Assert.Equal(JobStateCode.Finished, (await drill.EndAsync()).Job.State);
        Tell($"20 s without a way to any node, and one node without the chain: done in {drill.Seconds:0} s");
    }

    [Fact]
    public async Task ConsumerKilledRightAfterPosting_TheNodesBringTheJobToItsEnd()
    {
        Soak.Require("MARKET_SOAK_STAGED");
        await AllHonestAsync();
        var drill = new StageDrill(local, Tell);
        using (var consumer = local.Market.Start(["job", "run", drill.Write(40, "spin", 10, "30m"), "--yes", "--skip-local-run"]))
        {
            while (await consumer.StandardError.ReadLineAsync(Cancel) is { } line)
            {
                if (!line.StartsWith("submitted ", StringComparison.Ordinal)) continue;
                drill.Follow(line.Split(' ')[1]);
                break;
            }

            consumer.Kill();
            await consumer.WaitForExitAsync(Cancel);
        }

        Assert.NotEmpty(drill.Id);
        Assert.Equal(JobStateCode.Finished, (await drill.EndAsync()).Job.State);
        Tell($"consumer killed after posting: done in {drill.Seconds:0} s");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AReorganisationAcrossTheBarrier_TheJobIsDone(bool transactionsStayInThePool)
    {
        Soak.Require("MARKET_SOAK_STAGED");
        await AllHonestAsync();
        var drill = new StageDrill(local, Tell);
        using var chain = await local.ConnectAsync();
        await drill.PostAsync(drill.Write(12, "spin", 4, "30m"));
        var fork = await Reorganisation.BeginAsync(chain.Client, Cancel);
        await drill.UntilAsync(seen => Stage(seen, 1) is "open" or "committed" or "final", "the second stage to open");

        // The first stage's offer, leases, commitments and record, and the second stage's offer with its leases.
        var fallen = await fork.TakeBackAsync(3, transactionsStayInThePool, Cancel);

        Assert.Equal(JobStateCode.Finished, (await drill.EndAsync()).Job.State);
        Tell($"{fallen.Depth} blocks with {fallen.Transactions} transactions fell out across the barrier, {(transactionsStayInThePool ? "kept in the pool" : "lost")}: done in {drill.Seconds:0} s");
    }

    private static string? Stage(System.Text.Json.JsonElement job, int stage) =>
        job.GetProperty("stages") is var stages && stages.GetArrayLength() > stage ? stages[stage].GetProperty("state").GetString() : null;

    private async Task<Victims> AllHonestAsync()
    {
        var victims = Victims.Of(local);
        foreach (var node in victims.Nodes) victims.Start(node);
        await BiddingAsync();
        return victims;
    }

    // A device that lost or gave back a lease cools down and rests; what each drill needs is that all four can be leased.
    private async Task BiddingAsync()
    {
        await LocalMarketFixture.UntilAsync(
            async () =>
            {
                var book = await local.Market.RunAsync(["book", "show", "--json"]);
                return book.Exit == 0 && book.Json.GetProperty("bids").GetArrayLength() == 4;
            },
            "four bids");
    }

    private async Task<uint> DeviceOfAsync(string node)
    {
        var status = (await local.Market.RunAsync(["provider", "status", "--config", Path.Combine(local.Home, "dev", node, "provider.yaml"), "--json"])).Exits(0).Json;
        return uint.Parse(status.GetProperty("device").GetString()![2..], CultureInfo.InvariantCulture);
    }

    // Speeds are attested while four nodes and a chain start up on one machine: far below what a core does by itself.
    private async Task<int> TenthOfAttestedAsync()
    {
        var (folder, device) = (local.Folder(), await DeviceOfAsync(StageDrillFixture.Slow));
        TestModule.Write(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "input"), "spin", Cancel);
        var alone = (await local.Market.RunAsync(["task", "test", Path.Combine(folder, "task.wasm"), "--stdin", Path.Combine(folder, "input"), "--json"])).Exits(0).Json.GetProperty("cases")[0];
        var real = double.Parse(alone.GetProperty("fuel").GetString()!, CultureInfo.InvariantCulture) / 1_000 / alone.GetProperty("milliseconds").GetDouble();
        var book = (await local.Market.RunAsync(["book", "show", "--json"])).Exits(0).Json.GetProperty("bids");
        var attested = book.EnumerateArray().Single(bid => bid.GetProperty("device").GetUInt32() == device).GetProperty("score").GetInt32();
        var times = Math.Max(2, (int)Math.Round(10 * real / attested));
        Tell($"d-{device} bids with {attested} Mfuel/s and does {real:0} Mfuel/s alone: slowed {times} times");
        return times;
    }

    private int Seed()
    {
        var seed = Soak.Setting("MARKET_SOAK_SEED") ?? Environment.TickCount;
        Tell($"seed {seed}");
        return seed;
    }

    private void Tell(string line)
    {
        output.WriteLine(line);
        TestContext.Current.SendDiagnosticMessage(line);
    }
}

/// <summary>Four nodes whose connections can be cut.</summary>
public sealed class StageDrillFixture : LocalMarketFixture
{
    /// <summary>The one that crawls or goes silent: the cheapest, so that it is always leased.</summary>
    public const string Slow = "node-1";

    protected override string[] StartArguments => ["--nodes", "4", "--switchboard"];
}
