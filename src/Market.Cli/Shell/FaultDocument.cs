using System.Text.Json;
using System.Text.Json.Serialization;
using Market.Client.Faults;

namespace Market.Cli.Shell;

/// <summary>A fault as <c>--json</c> shows it.</summary>
internal sealed record FaultDocument(string Schema, string Code, int Exit, string Message, string Fix)
{
    public static string Serialize(MarketFault fault) => JsonSerializer.Serialize(
        new FaultDocument("market.error/1", fault.Code, (int)fault.Exit, fault.Message, fault.Fix),
        FaultJson.Default.FaultDocument);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(FaultDocument))]
internal sealed partial class FaultJson : JsonSerializerContext;
