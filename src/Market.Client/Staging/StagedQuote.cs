using System.Collections.Immutable;
using Market.Chain.Generated.JobManager;
using Market.Client.JobFiles;
using Market.Client.Jobs;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Domain.Planning;

namespace Market.Client.Staging;

/// <summary>A job of several stages as it would be posted.</summary>
/// <param name="Job">The job.</param>
/// <param name="Stages">Its stages, parents first.</param>
/// <param name="Escrow">Most that the first attempts can cost, with tips.</param>
/// <param name="Budget">What posting takes: the escrow and, as far as the file's budget goes, room for further attempts.</param>
/// <param name="Tip">To whoever opens, records or ends.</param>
/// <param name="Snapshot">The market that it was planned on.</param>
/// <param name="Credit">What the account holds.</param>
/// <param name="Asset">How amounts are written.</param>
public sealed record StagedQuote(
    ResolvedJob Job, ImmutableArray<StagedStage> Stages, Amount Escrow, Amount Budget, Amount Tip, MarketSnapshot Snapshot, Amount Credit, Asset Asset);

/// <summary>One stage of a quote.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Listed">Its inputs, if it reads no other stage.</param>
/// <param name="Module">Its program.</param>
/// <param name="Terms">Its first attempt's terms, planned for the tasklets that it will have, or may have at most.</param>
/// <param name="Escrow">Most that its first attempt can cost.</param>
/// <param name="Spec">As it is posted.</param>
public sealed record StagedStage(ResolvedStage Stage, PreparedJob? Listed, ReadOnlyMemory<byte> Module, Terms Terms, Amount Escrow, StageSpecTuple Spec);
