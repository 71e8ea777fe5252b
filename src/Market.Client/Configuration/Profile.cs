using System.Text.Json.Serialization;

namespace Market.Client.Configuration;

/// <summary>One market that this user talks to.</summary>
/// <param name="Name">Name on the command line.</param>
/// <param name="Rpc">JSON-RPC endpoint of the chain.</param>
/// <param name="ChainId">The chain that must answer there.</param>
/// <param name="Deployment">Deployment file: contract addresses and the genesis stamp that must stand on the chain.</param>
/// <param name="Local">Play money on this machine: published keys are allowed and no spending ceiling is asked for.</param>
/// <param name="Fallbacks">Further endpoints of the same chain, used in order when the first fails; null for none.</param>
/// <param name="Confirmations">Blocks on top of the last change before a job counts as over; null for <see cref="DefaultConfirmations"/>.</param>
public sealed record Profile(
    string Name,
    Uri Rpc,
    ulong ChainId,
    string Deployment,
    bool Local,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<Uri>? Fallbacks = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] uint? Confirmations = null)
{
    /// <summary>Reorganisations of so many blocks are usual enough to be waited for when the profile does not say otherwise.</summary>
    public const uint DefaultConfirmations = 3;

    /// <summary>All endpoints, the preferred one first.</summary>
    [JsonIgnore]
    public IReadOnlyList<Uri> Endpoints => [Rpc, .. Fallbacks ?? []];
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(Profile))]
internal sealed partial class ProfileJson : JsonSerializerContext;
