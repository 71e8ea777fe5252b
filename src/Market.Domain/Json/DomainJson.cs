using System.Text.Json.Serialization;
using Market.Domain.Leases;
using Market.Domain.Offers;
using Market.Domain.Receipts;
using Market.Domain.Results;

namespace Market.Domain.Json;

/// <summary>JSON of the market's values: camel case, enums as words, amounts and 64-bit numbers as decimal strings.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    Converters =
    [
        typeof(Hash256Converter), typeof(AddressConverter), typeof(BlobNameConverter), typeof(AmountConverter),
        typeof(OfferIdConverter), typeof(LeaseKeyConverter), typeof(ClassKeyConverter), typeof(DeviceIdConverter),
        typeof(TickConverter), typeof(UnixTimeConverter), typeof(DecimalUInt64Converter),
        typeof(WordConverter<Verdict>), typeof(WordConverter<ReceiptState>), typeof(WordConverter<TaskletStatus>), typeof(WordConverter<LeaseState>),
    ])]
[JsonSerializable(typeof(Terms))]
[JsonSerializable(typeof(Work))]
[JsonSerializable(typeof(Lease))]
[JsonSerializable(typeof(Receipt))]
[JsonSerializable(typeof(ReceiptFile))]
public sealed partial class DomainJson : JsonSerializerContext;
