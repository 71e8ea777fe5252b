using System.Text.Json;
using System.Text.Json.Serialization;
using Market.Hashing;

namespace Market.Chain.Deployments;

/// <summary>Where the market stands on a chain: what <c>contracts/deployments/&lt;chainId&gt;.json</c> says.</summary>
/// <param name="ChainId">The chain.</param>
/// <param name="Genesis">The stamp that the market contract must show.</param>
/// <param name="Market">The market contract.</param>
/// <param name="Registry">The capability registry.</param>
/// <param name="Token">The asset's contract.</param>
/// <param name="Block">Height of the block that the market was deployed in: no event is older.</param>
/// <param name="Rpc">An endpoint of the chain, if the file names one.</param>
/// <param name="Jobs">The manager of jobs of several stages; null if the market has none.</param>
/// <param name="Dispute">The judge of optimistic results, if the market has one.</param>
public sealed record Deployment(
    [property: JsonRequired] ulong ChainId,
    [property: JsonRequired] Hash256 Genesis,
    [property: JsonRequired] Address Market,
    [property: JsonRequired] Address Registry,
    [property: JsonRequired] Address Token,
    ulong Block = 0,
    Uri? Rpc = null,
    Address? Jobs = null,
    Address? Dispute = null)
{
    /// <summary>Version of the market's interface that this code speaks.</summary>
    public const uint InterfaceVersion = 1;

    /// <summary>Reads a deployment file.</summary>
    /// <exception cref="DeploymentException">It is missing or not valid.</exception>
    public static async Task<Deployment> ReadAsync(string path, CancellationToken cancel)
    {
        try
        {
            await using var stream = File.OpenRead(path);
            return await JsonSerializer.DeserializeAsync(stream, DeploymentJson.Default.Deployment, cancel)
                ?? throw new JsonException("the file holds null");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new DeploymentException(DeploymentFault.File, $"deployment file {path} cannot be read: {e.Message}", e);
        }
    }
}

/// <summary>What is wrong with a deployment.</summary>
public enum DeploymentFault
{
    /// <summary>The file is missing or not valid.</summary>
    File,

    /// <summary>The endpoint is of another chain.</summary>
    OtherChain,

    /// <summary>The chain has no contract there: a chain that was started anew, or another one.</summary>
    NoContract,

    /// <summary>The contract speaks another version of the interface.</summary>
    OtherVersion,

    /// <summary>The contract is another deployment's.</summary>
    OtherGenesis,
}

/// <summary>The chain is not the one that the deployment file describes. Nothing was signed.</summary>
public sealed class DeploymentException(DeploymentFault fault, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>What is wrong.</summary>
    public DeploymentFault Fault { get; } = fault;
}

internal sealed class AddressJson : JsonConverter<Address>
{
    public override Address Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Address.TryParse(reader.GetString(), out var address) ? address : throw new JsonException("expected an address");

    public override void Write(Utf8JsonWriter writer, Address value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

internal sealed class HashJson : JsonConverter<Hash256>
{
    public override Hash256 Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Hash256.TryParse(reader.GetString(), out var hash) ? hash : throw new JsonException("expected 32 bytes");

    public override void Write(Utf8JsonWriter writer, Hash256 value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(AddressJson), typeof(HashJson)])]
[JsonSerializable(typeof(Deployment))]
internal sealed partial class DeploymentJson : JsonSerializerContext;
