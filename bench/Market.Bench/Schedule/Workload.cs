using System.Collections.Immutable;
using Market.Domain.Identity;
using Market.Domain.Jobs;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Domain.Planning.Graphs;
using Market.Hashing;

namespace Market.Bench.Schedule;

/// <summary>A job of three stages: a map, a reduction by groups, and one tasklet that reads all groups.</summary>
internal static class Workload
{
    private const int GroupSize = 64;
    private static readonly ulong[] Fuel = [4_000_000_000, 4_000_000_000, 8_000_000_000];

    /// <summary>The job, as the planner is asked for it.</summary>
    /// <param name="tasklets">Of the map.</param>
    public static GraphRequest Of(uint tasklets)
    {
        var sla = new SlaSpec(TimeSpan.FromHours(4), null, Verdict.Optimistic, [], AttestationLevel.Benchmarked, TimeSpan.FromMinutes(10));
        StageId map = StageId.Parse("map"), merge = StageId.Parse("merge"), total = StageId.Parse("total");
        if (!Template.TryParse("{index}", out var name, out _)) throw new InvalidOperationException("no template");
        ImmutableArray<StageSpec> stages =
        [
            new(map, new TaskSpec("map.wasm", []), new RangeInputs(0, tasklets - 1), LimitSpec.Default, sla),
            new(merge, new TaskSpec("merge.wasm", []), new GroupInputs([map], GroupSize, Join.Framed), LimitSpec.Default, sla),
            new(total, new TaskSpec("total.wasm", []), new AllInputs([merge], Join.Framed), LimitSpec.Default, sla),
        ];
        uint[] counts = [tasklets, (tasklets + GroupSize - 1) / GroupSize, 1];
        return new GraphRequest
        {
            Job = new JobSpec("simulated", stages, new OutputSpec(total, "out", name!, null), sla, FailureSpec.Default),
            Stages = [.. counts.Select((count, i) => new StageEstimate(count, count, new FuelRange(new Fuel(Fuel[i] * 9 / 10), new Fuel(Fuel[i]), new Fuel(Fuel[i] * 11 / 10))))],
            Budget = new Amount((UInt128)tasklets * 1_000),
            OwnBudgets = [null, null, null],
            Consumer = Address.Zero,
        };
    }
}
