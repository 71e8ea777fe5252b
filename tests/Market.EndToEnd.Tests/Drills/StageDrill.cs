using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Market.Chain.Generated.ComputeMarket;
using Market.Chain.Generated.JobManager;
using Market.Chain.Jobs;
using Market.Chain.Projection;
using Market.Domain.Jobs;
using Market.Domain.Leases;
using Market.EndToEnd.Tests.Harness;
using Market.Hashing;

namespace Market.EndToEnd.Tests.Drills;

/// <summary>A job of two stages under a drill: map over items, reduce over groups of its outputs; and how it must end.</summary>
internal sealed class StageDrill(LocalMarketFixture local, Action<string> tell)
{
    // What TestModule reads, and so gives back, at most.
    private const int Longest = 1024;

    private readonly long _started = Stopwatch.GetTimestamp();
    private string _folder = "";
    private string[] _items = [];
    private int _group;

    /// <summary>The job's id.</summary>
    public string Id { get; private set; } = "";

    /// <summary>Seconds since the drill began.</summary>
    public double Seconds => Stopwatch.GetElapsedTime(_started).TotalSeconds;

    /// <summary>Writes the job file.</summary>
    /// <param name="tasklets">Of the first stage.</param>
    /// <param name="letter">What each does, as <see cref="TestModule"/> has it.</param>
    /// <param name="group">How many outputs a tasklet of the second stage reads.</param>
    /// <param name="deadline">Of the whole job.</param>
    /// <param name="window">In which results can be challenged, if not the local market's.</param>
    public string Write(int tasklets, string letter, int group, string deadline, string? window = null)
    {
        (_folder, _group) = (local.Folder(), group);
        // Nobody has seen these before: nodes answer from their journals what they ran for an earlier drill.
        _items = [.. Enumerable.Range(0, tasklets).Select(i => $"{letter}-{Path.GetFileName(_folder)}-{i}")];
        TestModule.Write(_folder);
        File.WriteAllLines(Path.Combine(_folder, "items.txt"), _items);
        var job = Path.Combine(_folder, "job.yaml");
        File.WriteAllText(job, $$"""
            version: 1
            name: drill
            inputs: { lines: items.txt }
            limits: { memory: 16MiB, fuel: {{(letter == "m" ? "500M" : "4G")}}, time: 60s, output: 64KiB }
            stages:
              - { id: map, task: { module: task.wasm } }
              - { id: reduce, task: { module: task.wasm }, inputs: { from: map, groupBy: {{group}} }, limits: { fuel: 100M } }
            output: { from: reduce, dir: out, name: "{index}.bin" }
            onFailure: { retries: 2, then: stop }
            sla: { deadline: {{deadline}}, budget: 60 CRD, verification: optimistic{{(window is null ? "" : $", window: {window}")}} }

            """);
        return job;
    }

    /// <summary>Posts it and leaves it to the nodes.</summary>
    public async Task PostAsync(string job) => Id = await Soak.PostAsync(local, job, tell);

    /// <summary>Follows a job that somebody else posted.</summary>
    public void Follow(string id) => Id = id;

    /// <summary>Waits for something about the job; the chain may be away meanwhile.</summary>
    public async Task<JsonElement> UntilAsync(Func<JsonElement, bool> wanted, string what)
    {
        while (true)
        {
            var run = await local.Market.RunAsync(["job", "show", Id, "--json"]);
            if (run.Exit == 0 && wanted(run.Json)) return run.Json;
            Assert.True(run.Exit is 0 or 5, run.Error);
            Assert.True(Seconds < 1_500, $"waited in vain for {what}: {run.Out}");
            await Task.Delay(TimeSpan.FromMilliseconds(500), TestContext.Current.CancellationToken);
        }
    }

    /// <summary>
    /// Waits for the job's end, which nodes bring about, and checks it: within the deadline and with the outputs of a plain run,
    /// or refunded; no range of an offer paid twice; budget, penalties and excess = paid + tips + what came back; the market's books exact.
    /// </summary>
    public async Task<StageDrillEnd> EndAsync()
    {
        await UntilAsync(seen => seen.GetProperty("over").GetBoolean(), "the job's end");
        using var chain = await local.ConnectAsync();
        var (state, messages) = await LocalMarketFixture.StateAsync(chain);
        var job = state.Jobs[Hash256.Parse((await local.Market.RunAsync(["job", "show", Id, "--json"])).Exits(0).Json.GetProperty("job").GetString()!)];
        var offers = state.JobOffers.Where(pair => pair.Value == job.Id).Select(pair => state.Offers[pair.Key]).ToList();
        var paid = UInt128.Zero;
        foreach (var offer in offers)
        {
            var tasklets = state.LeasesOf(offer.Id).Where(l => l.State == LeaseState.Settled).SelectMany(l => Enumerable.Range((int)l.Lease.First, (int)l.Lease.Count)).ToList();
            Assert.Equal(tasklets.Count, tasklets.Distinct().Count());
            paid += offer.Paid.BaseUnits;
        }

        // Failed devices' penalties came to the escrows, less what ended their leases; so did the consumer's fifth of a slash.
        var leased = offers.SelectMany(o => state.LeasesOf(o.Id)).ToList();
        var ids = offers.Select(o => o.Id.Value).ToHashSet();
        var penalties = leased.Aggregate(UInt128.Zero, (sum, l) => sum + l.Penalty.BaseUnits);
        var keepers = messages.OfType<TippedEvent>().Where(m => ids.Contains(m.OfferId)).Aggregate(UInt128.Zero, (sum, m) => sum + m.Amount);
        var slashed = messages.OfType<DeviceSlashedEvent>().Where(m => leased.Any(l => l.State == LeaseState.Voided && l.Lease.Device.Value == m.Device)).Aggregate(UInt128.Zero, (sum, m) => sum + (m.Amount / 5));

        // And what failed devices answered for where their ranges became dearer.
        var held = messages.OfType<ExcessHeldEvent>().Where(m => ids.Contains(m.OfferId)).Aggregate(UInt128.Zero, (sum, m) => sum + m.Amount);
        var unheld = messages.OfType<ExcessReturnedEvent>().Where(m => ids.Contains(m.OfferId)).Aggregate(UInt128.Zero, (sum, m) => sum + m.Amount);
        Assert.Equal(job.Job.Budget + penalties + held + slashed, paid + keepers + unheld + job.Tipped + job.Returned);
        await local.AssertExactAsync();
        var end = new StageDrillEnd(
            job, leased, leased.Count(l => l.Lease.Attempt > 0), [.. leased.GroupBy(l => l.State).OrderBy(g => g.Key).Select(g => $"{g.Count()} {g.Key.ToString().ToLowerInvariant()}")],
            (double)leased.Max(l => l.Changed.Time.Seconds) - offers.Min(o => o.Posted.Time.Seconds));
        if (job.State == JobStateCode.Finished)
        {
            Assert.True(leased.Max(l => l.Changed.Time.Seconds) <= job.Job.Deadline, "it ended after its deadline");
            // Who holds an output may be the one that is dead just now.
            await LocalMarketFixture.UntilAsync(async () => (await local.Market.RunAsync(["job", "results", Id])).Exit == 0, "all outputs");
            var expected = PlainRun();
            for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], await File.ReadAllBytesAsync(Path.Combine(_folder, "out", $"{i}.bin"), TestContext.Current.CancellationToken));
        }

        tell($"{Id}: {job.State}, {end.BlockSeconds:0} s of block time from first offer to last change, {Seconds:0} s in all; attempts of stages {string.Join(" ", job.Stages.Select(s => s.Attempts))}; leases of {string.Join(" and ", offers.Select(o => o.Terms.LeaseSeconds).Distinct())} s: {string.Join(", ", end.States)}, {end.Again} of ranges given out before; paid {paid}, tips {job.Tipped}, penalties {penalties}, returned {job.Returned} of {job.Job.Budget}; audit exact");
        return end;
    }

    // The program gives back what it reads, as far as it reads.
    private byte[][] PlainRun() =>
        [.. _items.Select(item => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(item)).Chunk(_group).Select(group => Frames.Encode(group)).Select(joined => joined[..Math.Min(Longest, joined.Length)])];
}

/// <summary>How a drill's job ended.</summary>
/// <param name="Job">What the chain says of it.</param>
/// <param name="Leases">All leases of all its offers.</param>
/// <param name="Again">Leases of ranges that were given out before.</param>
/// <param name="States">Leases by state, in words.</param>
/// <param name="BlockSeconds">From the first offer to the last change of a lease.</param>
internal sealed record StageDrillEnd(JobEntry Job, IReadOnlyList<LeaseEntry> Leases, int Again, IReadOnlyList<string> States, double BlockSeconds);
