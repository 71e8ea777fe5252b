using System.Text.Json.Serialization;
using Market.Client.Verifying;

namespace Market.Cli.Commands.Verifying;

/// <param name="Schema">market.verification/1</param>
/// <param name="Holds">Whether nothing was found wrong.</param>
/// <param name="ChainId">Chain of the receipts.</param>
/// <param name="Market">Market contract of the receipts.</param>
/// <param name="Receipts">Receipts that were looked at.</param>
/// <param name="Tasklets">Tasklets that the offer has.</param>
/// <param name="Outputs">Files that were hashed against their receipt.</param>
/// <param name="Leases">Leases that were looked up on the chain; null when offline.</param>
/// <param name="Inputs">Inputs that were compared with a job file; null without one.</param>
/// <param name="Rerun">Tasklets that were run again here.</param>
/// <param name="Seed">What drew them; null if none was.</param>
/// <param name="States">How many receipts say accepted, final and proven.</param>
/// <param name="Uncovered">Files that no receipt speaks for.</param>
/// <param name="Faults">What does not hold.</param>
internal sealed record VerificationDocument(
    string Schema, bool Holds, ulong ChainId, string Market, int Receipts, uint Tasklets, int Outputs, int? Leases, int? Inputs, int Rerun, int? Seed,
    IReadOnlyDictionary<string, int> States, IReadOnlyList<string> Uncovered, IReadOnlyList<VerificationFaultDocument> Faults);

/// <param name="Kind">receipt, output, chain, input or rerun.</param>
/// <param name="Tasklet">The tasklet; null if it concerns the whole.</param>
/// <param name="Message">For people.</param>
internal sealed record VerificationFaultDocument(string Kind, uint? Tasklet, string Message)
{
    public static VerificationFaultDocument Of(VerificationFault fault) => new(fault.Kind.ToString().ToLowerInvariant(), fault.Tasklet, fault.Message);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(VerificationDocument))]
internal sealed partial class VerificationJson : JsonSerializerContext;
