using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Market.Domain.Planning;
using Market.Domain.Planning.Graphs;
using Market.Domain.Scheduling;

namespace Market.Bench.Schedule;

/// <summary>The planner's own time, and whole jobs in virtual time on synthetic devices.</summary>
internal static class ScheduleBenchmark
{
    private const int Seed = 20_261_126;
    private const int PlannerRounds = 3;

    private static readonly GraphOptions Options = GraphOptions.Around(new PlannerOptions(WindowSeconds: 600));

    public static async Task<int> RunAsync(string bench, TextWriter report)
    {
        var file = Path.Combine(bench, "results", "schedule.json");
        var planner = Plan(1_000_000, 10_000);
        report.WriteLine(string.Create(CultureInfo.InvariantCulture, $"planner: {planner.Tasklets} tasklets on {planner.Devices} devices in {planner.Seconds:0.00} s"));
        var simulated = new List<SimulatedResult>();
        foreach (var each in (uint[])[400, 1_200])
        {
            foreach (var (devices, stragglers) in ((int, double)[])[(1_000, 0), (1_000, 0.1), (10_000, 0), (10_000, 0.1)])
            {
                var result = Simulate(devices, stragglers, (uint)devices * each);
                simulated.Add(result);
                report.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"simulated: {devices} devices, {stragglers:0%} stragglers, {result.Tasklets} tasklets: {result.MakespanSeconds:0} s, {result.MakespanRatio:0.000} of the bound; static {result.StaticRatio:0.00}; {result.Leases} leases, {result.HandedBack} handed back, {result.Summoned} summoned, {result.Expired} expired; unattended {result.RatioUnattended:0.000}, with second copies {result.RatioWithSecondCopies:0.000}"));
            }
        }

        // Other parts of this file are measured elsewhere and stay.
        var known = await KnownAsync(file);
        var all = new ScheduleResult(planner.Seconds, planner, simulated, await RealNodes.RunAsync(report), await GasAsync(bench) ?? known?["gas_10k_3stages"]?.DeepClone(), Model, Method);
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(all, ScheduleResultsContext.Default.ScheduleResult) + "\n");
        return 0;
    }

    /// <summary>Only the part on real nodes, put beside what the file holds already.</summary>
    public static async Task<int> RealAsync(string bench, TextWriter report)
    {
        var file = Path.Combine(bench, "results", "schedule.json");
        var known = await KnownAsync(file) ?? throw new InvalidOperationException($"{file} is not there: run the part schedule first");
        known["real_nodes"] = await RealNodes.RunAsync(report);
        known["gas_10k_3stages"] = await GasAsync(bench);
        known["method"] = Method;
        await File.WriteAllTextAsync(file, known.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
        return 0;
    }

    // The contracts' own measurement, which their tests hold to a tenth of a percent.
    private static async Task<JsonNode?> GasAsync(string bench) =>
        (await KnownAsync(Path.Combine(bench, "..", "contracts", "snapshots", "gas.json")))?["gas_10k_3stages"]?.DeepClone();

    private static async Task<JsonObject?> KnownAsync(string file) => File.Exists(file) ? JsonNode.Parse(await File.ReadAllTextAsync(file)) as JsonObject : null;

    private static PlannerResult Plan(uint tasklets, int devices)
    {
        var market = Population.Market(Population.Draw(new PopulationOptions(devices, 0, Seed)));
        var request = Workload.Of(tasklets);
        var (least, allocated) = (TimeSpan.MaxValue, 0L);
        for (var round = 0; round < PlannerRounds; round++)
        {
            var (before, bytes) = (ProcessorClock.Thread(), GC.GetAllocatedBytesForCurrentThread());
            Require(GraphPlanner.Plan(request, market, Options));
            var time = ProcessorClock.Thread() - before;
            allocated = GC.GetAllocatedBytesForCurrentThread() - bytes;
            least = time < least ? time : least;
        }

        return new PlannerResult((uint)request.Stages.Sum(stage => stage.Likely), devices, request.Stages.Length, Math.Round(least.TotalSeconds, 3), Math.Round(allocated / 1048576.0, 1));
    }

    private static SimulatedResult Simulate(int devices, double stragglers, uint tasklets)
    {
        var population = Population.Draw(new PopulationOptions(devices, stragglers, Seed));
        var request = Workload.Of(tasklets);
        var plan = Require(GraphPlanner.Plan(request, Population.Market(population), Options));
        SimulatedRun Run(bool summons, bool copies)
        {
            var run = new VirtualMarket(population, plan, Options.Offers, new Attendance(summons, copies), Seed).Run(request);
            return run.Paid <= request.Budget ? run : throw new InvalidOperationException($"paid {run.Paid}, more than the budget {request.Budget}");
        }

        var (run, alone, doubled) = (Run(summons: true, copies: false), Run(summons: false, copies: false), Run(summons: true, copies: true));
        var (bound, fixedPlan) = (Bounds.Lower(population, request), Bounds.Static(population, request));
        return new SimulatedResult(
            devices, stragglers, (uint)request.Stages.Sum(stage => stage.Likely), Math.Round(bound, 1), Math.Round(run.Seconds, 1), Math.Round(run.Seconds / bound, 3),
            Math.Round(fixedPlan, 1), Math.Round(fixedPlan / bound, 3), Math.Round(fixedPlan / run.Seconds, 2),
            run.Leases, run.HandedBack, run.Summoned, run.Expired, Math.Round((double)run.Paid.BaseUnits / (double)request.Budget.BaseUnits, 3),
            Math.Round(alone.Seconds / bound, 3), Math.Round(doubled.Seconds / bound, 3), doubled.SecondCopies);
    }

    private static GraphPlan Require(GraphOutcome outcome) => outcome as GraphPlan ?? throw new InvalidOperationException($"the workload cannot be planned: {outcome}");

    private static string Model => string.Create(
        CultureInfo.InvariantCulture,
        $"SIMULATION. Map of 400 or 1,200 tasklets a device (4 Gfuel each: ten minutes or half an hour), groups of 64 (4 Gfuel), one total (8 Gfuel). Devices: 1 to {PopulationOptions.MostLanes} lanes, speed log-normal around 1000 Mfuel/s (sigma {PopulationOptions.SpeedSigma}), prices over {Population.MostTicks} ticks; up for {PopulationOptions.MeanUp:0} s and down for {PopulationOptions.MeanDown:0} s (exponential means), after which they go on where they were; a lane runs up to {Options.Offers.Rounds} leases of a stage one after another, as the client plans, and shorter ones near the end (decision 31); a lease's time log-normal (sigma {PopulationOptions.NoiseSigma}). Stragglers run at 1/{PopulationOptions.Slowness} of what they attested; {PopulationOptions.Silent:0%} of them say nothing. Blocks of {VirtualMarket.Block} s with {VirtualMarket.MatchesPerBlock} matches of {Population.Rules.MaxFills} leases; start-up {VirtualMarket.StartUp} s; beats of {VirtualMarket.Beat} s; {VirtualMarket.Rest} s of rest after a hand-back or expiry. Data moves in no time. A consumer is attached and summons who says nothing for {ScheduleOptions.Default.Silence.TotalSeconds} s, which has {VirtualMarket.Summons} s to appear (decision 30); in one run nobody is, in another it buys second copies too, which the contracts allow for jobs of one task (decision 26). Static assignment is without overheads and noise. Seed {Seed}.");

    private const string Method =
        "scripts/bench.sh schedule: Market.Domain's planner, reference matcher and lease scheduler in virtual time; planner in processor seconds of its thread, best of 3. real_nodes: a local market of real processes (scripts/bench.sh real-nodes measures it alone). gas_10k_3stages: contracts/snapshots/gas.json.";
}
