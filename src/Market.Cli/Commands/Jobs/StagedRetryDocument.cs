using Market.Client.Retrying;

namespace Market.Cli.Commands.Jobs;

/// <param name="Schema">market.stagedretry/1</param>
/// <param name="Of">Id of the first job.</param>
/// <param name="Complete">Whether every result of the whole job is here.</param>
/// <param name="Stages">What was bought again of each stage, at first.</param>
/// <param name="Quote">The price of what is bought now; null if nothing is.</param>
/// <param name="Jobs">The jobs that bought it, in order.</param>
/// <param name="OutputDirectory">Where the whole job's outputs are.</param>
internal sealed record StagedRetryDocument(
    string Schema, string Of, bool Complete, IReadOnlyList<StageRetryDocument> Stages, StageQuoteDocument? Quote, IReadOnlyList<StagedDocument> Jobs, string OutputDirectory)
{
    public string Text() => string.Join('\n', Stages.Select(stage => stage.Text()).Append(Complete ? $"complete in {OutputDirectory}" : $"not complete; what there is is in {OutputDirectory}"));
}

/// <param name="Stage">Its name.</param>
/// <param name="Reused">Tasklets whose outputs are kept.</param>
/// <param name="Retried">Those that are bought again; null where what it reads is bought again itself.</param>
/// <param name="Repeating">Those that failed and would fail the same way, and are left out.</param>
internal sealed record StageRetryDocument(string Stage, IReadOnlyList<uint> Reused, IReadOnlyList<uint>? Retried, IReadOnlyList<uint> Repeating)
{
    public static StageRetryDocument Of(StageRetry stage) => new(stage.Stage, stage.Reused, stage.Retried is { } retried ? retried : null, stage.Repeating);

    public string Text() => Retried is null
        ? $"{Stage}: all of it runs again, for what it reads does"
        : $"{Stage}: {Reused.Count} kept, {Retried.Count} run again{(Repeating.Count == 0 ? "" : $", {Repeating.Count} would fail the same way and are left out")}";
}
