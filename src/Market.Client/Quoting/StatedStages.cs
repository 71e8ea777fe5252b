using System.Collections.Immutable;
using Market.Client.Faults;
using Market.Client.JobFiles;
using Market.Domain.Jobs;
using Market.Domain.Planning.Graphs;

namespace Market.Client.Quoting;

/// <summary>What a job file alone says of its stages, for who plans without running anything here.</summary>
internal static class StatedStages
{
    /// <summary>An estimate for each stage, in the job's order.</summary>
    /// <exception cref="MarketException">E1307: a stage has no fuel limit. E1243: a stage fans out one of several tasklets.</exception>
    public static ImmutableArray<StageSample> Of(ResolvedJob job)
    {
        var graph = StageGraph.Of(job.File.Spec);
        var most = new long[job.Stages.Length];
        foreach (var at in graph.Order)
        {
            var stage = job.Stages[at];
            if (stage.Spec.Inputs is FanOutInputs fan)
            {
                RequireOne(stage.Spec.Id, fan.Parents[0], most[graph.Parents[at][0]]);
                most[at] = fan.Max;
            }
            else
            {
                most[at] = stage.Count ?? StageCounts.Of(stage.Spec.Inputs, most[graph.Parents[at][0]])!.Value;
            }
        }

        return [.. job.Stages.Select((stage, at) => new StageSample(stage.Spec.Id, null, new StageEstimate((uint)most[at], (uint)most[at], FuelRange.Exactly(FuelOf(stage)))))];
    }

    /// <summary>Fails unless what a stage fans out is one tasklet.</summary>
    public static void RequireOne(StageId stage, StageId parent, long tasklets)
    {
        if (tasklets == 1) return;
        throw new MarketException(
            "E1243", ExitCode.FileInvalid, $"Stage '{stage}' fans out stage '{parent}', which does not have exactly one tasklet.",
            "put a stage with group: all between them, whose program writes the list");
    }

    private static Fuel FuelOf(ResolvedStage stage) => stage.Spec.Limits.Fuel ?? throw new MarketException(
        "E1307", ExitCode.Usage, $"Without a local run the fuel limit of stage '{stage.Spec.Id}' must be given.", "add limits.fuel, or leave --skip-local-run away");
}
