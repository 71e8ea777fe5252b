using System.Text.Json.Serialization;

namespace Market.Bench.Disputes;

/// <summary>Gas of a kind of call: what a chain without EIP-7623 charges, and what the bytes alone cost on one with it.</summary>
/// <param name="Standard">Gas used.</param>
/// <param name="Floor">21,000 + 10 per token of calldata (a zero byte is one, any other four).</param>
internal sealed record CallGas(ulong Standard, ulong Floor);

/// <summary>One whole game.</summary>
/// <param name="Steps">Steps of the disputed run.</param>
/// <param name="Rounds">The game is about 32^rounds steps.</param>
/// <param name="Transactions">From opening to settlement.</param>
/// <param name="Seconds">From the challenger's first step to settlement, both sides on this machine one after the other.</param>
/// <param name="Gas">Sum over its transactions; of each the greater of standard and floor where EIP-7623 holds.</param>
internal sealed record GameResult(long Steps, int Rounds, int Transactions, double Seconds, CallGas Gas);

/// <summary>What another system states.</summary>
internal sealed record Peer(string System, string Gas, string Moves, string Capital, string Delay, string Source);

/// <param name="GameGas">A whole game over 2^35 steps, standard.</param>
/// <param name="GameGasFloor">The same where EIP-7623 holds.</param>
/// <param name="Transactions">Of that game.</param>
/// <param name="Open">Opening it.</param>
/// <param name="Move">One move, the mean.</param>
/// <param name="Prove">Executing the disputed step.</param>
/// <param name="Settle">Paying the bond and ruling.</param>
/// <param name="Seconds1e9">Wall time of a game about 10^9 steps.</param>
/// <param name="Seconds1e10">And about 10^10.</param>
/// <param name="Capital">What the honest challenger must have: a bond of the public profile, and gas for its own moves.</param>
/// <param name="Games">The games played.</param>
/// <param name="Peers">Beside it.</param>
/// <param name="Method">How it was measured.</param>
internal sealed record DisputeResult(
    ulong GameGas, ulong GameGasFloor, int Transactions, CallGas Open, CallGas Move, CallGas Prove, CallGas Settle,
    [property: JsonPropertyName("seconds_1e9")] double Seconds1e9, [property: JsonPropertyName("seconds_1e10")] double Seconds1e10,
    string Capital, IReadOnlyList<GameResult> Games, IReadOnlyList<Peer> Peers, string Method);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DisputeResult))]
internal sealed partial class DisputeResultsContext : JsonSerializerContext;
