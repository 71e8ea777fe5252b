using System.Globalization;
using System.Text.Json.Serialization;
using Market.Chain.Generated.DisputeGame;
using Market.Chain.Projection;
using Market.Cli.Shell;
using Market.Client.Disputes;
using Market.Domain.Money;

namespace Market.Cli.Commands.Disputes;

/// <summary>A game in a list.</summary>
internal sealed record GameDocument(
    string Schema, string Game, string Id, string Lease, uint Tasklet, string Challenger, string Provider, int Round, int Rounds, string? Mover, string State, string? Winner, bool Settled)
{
    public static GameDocument Of(GameEntry game) => new(
        "market.game/1",
        GameNames.Of(game.Id),
        "0x" + game.Id.ToString("x64", CultureInfo.InvariantCulture)[^64..],
        game.Subject.Lease.ToString(),
        game.Subject.Tasklet,
        game.Challenger.ToString(),
        game.Provider.ToString(),
        game.Accounts.Count,
        game.Subject.Rounds,
        game.End is null ? Side(game.Mover) : null,
        game.End is not { } end ? "running" : end.ByTimeout ? "timed-out" : "proven",
        game.End is { } won ? Side(won.Winner) : null,
        game.Settlement is not null);

    public static string Side(SideCode side) => side == SideCode.Provider ? "provider" : "challenger";
}

internal sealed record GamesDocument(string Schema, IReadOnlyList<GameDocument> Games);

/// <summary>One transaction of a game.</summary>
internal sealed record TurnDocument(string Kind, string? By, long FirstStep, long Steps, string Transaction, ulong Gas, string At, ulong Seconds);

/// <summary>The step that decided it.</summary>
internal sealed record StepDocument(long Step, uint Pc, string? Instruction, IReadOnlyList<string> Operands, string Claimed, string Proven);

/// <summary>A game as a story.</summary>
internal sealed record DisputeDocument(
    string Schema, GameDocument Game, IReadOnlyList<TurnDocument> Turns, ulong Gas, StepDocument? Step, string? Deadline, MoneyDocument? Slashed, MoneyDocument? BondPaid, MoneyDocument? BondBurned, string? BondTo)
{
    public static DisputeDocument Of(DisputeStory story, Asset asset) => new(
        "market.dispute/1",
        GameDocument.Of(story.Game),
        [.. story.Turns.Select(t => new TurnDocument(t.Kind, t.By is { } by ? GameDocument.Side(by) : null, t.Start, t.Length, t.Transaction.ToString(), t.Gas, t.At.ToString(), t.Took))],
        story.Gas,
        story is { StepNumber: { } number, Step: { } step, Claimed: { } claimed, Proven: { } proven }
            ? new StepDocument(number, step.Pc, step.Instruction, step.Operands, claimed.ToString(), proven.ToString())
            : null,
        story.Deadline?.ToString(),
        story.Game.Settlement is null ? null : MoneyDocument.Of(asset, story.Slashed),
        story.Game.Settlement is { } s ? MoneyDocument.Of(asset, s.Paid) : null,
        story.Game.Settlement is { } b ? MoneyDocument.Of(asset, b.Burned) : null,
        story.Game.Settlement?.Payee.ToString());
}

/// <summary>Something that a challenger did or saw, one to a line.</summary>
internal sealed record DisputeEventDocument(string Schema, string Event, string? Game, string? Lease, uint? Tasklet, string Text, string? Transaction, ulong? Gas);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GamesDocument))]
[JsonSerializable(typeof(DisputeDocument))]
[JsonSerializable(typeof(DisputeEventDocument))]
internal sealed partial class DisputeJson : JsonSerializerContext;
