using Market.Chain.Generated.JobManager;
using Market.Client.JobFiles;
using Market.Client.Jobs;
using Market.Domain.Planning.Graphs;

namespace Market.Client.Staging;

/// <summary>One stage of a job as it would be posted.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Listed">Its inputs, if it reads no other stage.</param>
/// <param name="Module">Its program.</param>
/// <param name="Plan">Its share of the service level, and its offer for the tasklets that it will have, or may have at most.</param>
/// <param name="Spec">As the job manager takes it.</param>
public sealed record StagedStage(ResolvedStage Stage, PreparedJob? Listed, ReadOnlyMemory<byte> Module, StagePlan Plan, StageSpecTuple Spec);
