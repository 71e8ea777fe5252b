using System.Text.Json.Serialization;

namespace Market.Node.Health;

/// <summary>What <c>/status</c> answers. Amounts are decimal strings of base units, times RFC 3339.</summary>
internal sealed record StatusDocument(
    string Schema,
    string Name,
    string Device,
    string Version,
    bool Ready,
    bool Draining,
    IReadOnlyList<string> NotReadyBecause,
    ChainStatus Chain,
    string Endpoint,
    MachineStatus Machine,
    string Capability,
    string Bid,
    MoneyStatus? Money,
    IReadOnlyList<LeaseStatusLine> Leases,
    IReadOnlyList<LeaseStatusLine> Recent,
    IReadOnlyDictionary<string, int> OffersOfTheLastHour,
    IReadOnlyList<string> Peers);

/// <summary>The newest block.</summary>
internal sealed record ChainStatus(ulong ChainId, ulong Block, string BlockTime);

/// <summary>What of the machine is for the market.</summary>
internal sealed record MachineStatus(int Lanes, int MemoryPerTaskletMiB, IReadOnlyList<string> Limits, long BlobBytes, long BlobQuota);

/// <summary>Money of the device.</summary>
internal sealed record MoneyStatus(string Symbol, int Decimals, string Stake, string Earned, string Lost);

/// <summary>One lease.</summary>
internal sealed record LeaseStatusLine(string Lease, string Offer, uint First, uint Count, string Stage, uint Done, string? ResultRoot, string? Detail);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StatusDocument))]
internal sealed partial class StatusJson : JsonSerializerContext;
