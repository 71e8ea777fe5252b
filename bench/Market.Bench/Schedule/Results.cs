using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Market.Bench.Schedule;

/// <summary>How long planning takes, processor seconds, and how much it allocates.</summary>
internal sealed record PlannerResult(uint Tasklets, int Devices, int Stages, double Seconds, double AllocatedMiB);

/// <summary>
/// One simulated job while its consumer is attached; times in virtual seconds, ratios against the lower bound: critical path,
/// and work over the lanes that are up. Comparisons are static assignment, the job with nobody attached (who would summon silent
/// devices), and the job with second copies, which jobs of several stages do not have.
/// </summary>
internal sealed record SimulatedResult(
    int Devices, double Stragglers, uint Tasklets, double LowerBoundSeconds, double MakespanSeconds, double MakespanRatio, double StaticSeconds, double StaticRatio,
    double StaticVsDynamic, int Leases, int HandedBack, int Summoned, int Expired, double PaidVsBudget, double RatioUnattended, double RatioWithSecondCopies, int SecondCopies);

/// <param name="PlannerSeconds1m">For a million tasklets.</param>
/// <param name="Planner">The same with its circumstances.</param>
/// <param name="Simulated">SIMULATION from stated distributions: nothing ran.</param>
/// <param name="RealNodes">Measured on real nodes, by the part of this benchmark that starts them.</param>
/// <param name="Gas10k3stages">Gas of a job of 10,000 tasklets in three stages, by the contracts' own measurement.</param>
/// <param name="Model">What the simulation assumes.</param>
/// <param name="Method">How it was measured.</param>
internal sealed record ScheduleResult(
    [property: JsonPropertyName("planner_seconds_1m")] double PlannerSeconds1m,
    PlannerResult Planner,
    IReadOnlyList<SimulatedResult> Simulated,
    JsonNode? RealNodes,
    [property: JsonPropertyName("gas_10k_3stages")] JsonNode? Gas10k3stages,
    string Model,
    string Method);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ScheduleResult))]
internal sealed partial class ScheduleResultsContext : JsonSerializerContext;
