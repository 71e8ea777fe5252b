using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Market.Domain.Identity;
using Market.Domain.Json;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Hashing;

namespace Market.Client.Jobs;

/// <summary>
/// All that another process needs to follow a job and collect its results. Written to disk before money moves: whoever
/// holds this and the chain has the job, whatever became of the process that posted it.
/// </summary>
public sealed record JobRecord
{
    /// <summary>The only schema so far.</summary>
    public const string CurrentSchema = "market.jobrecord/1";

    /// <summary>Always <see cref="CurrentSchema"/>.</summary>
    public required string Schema { get; init; }

    /// <summary>The job's name for people: j- and the first digits of the offer's key.</summary>
    public required string Id { get; init; }

    /// <summary>The name in the job file.</summary>
    public required string Name { get; init; }

    /// <summary>Profile that it was posted with.</summary>
    public required string Profile { get; init; }

    /// <summary>Chain of the market.</summary>
    public required ulong ChainId { get; init; }

    /// <summary>The market contract.</summary>
    public required Address Market { get; init; }

    /// <summary>The offer's terms.</summary>
    public required Terms Terms { get; init; }

    /// <summary>The offer's work.</summary>
    public required Work Work { get; init; }

    /// <summary>When it was planned, in UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the last result is promised for.</summary>
    public required UnixTime DueBy { get; init; }

    /// <summary>How amounts are written.</summary>
    public required Asset Asset { get; init; }

    /// <summary>What posting takes.</summary>
    public required Amount Escrow { get; init; }

    /// <summary>Most that the job may cost, second copies of slow ranges included; null in records of before there were any.</summary>
    public Amount? Budget { get; init; }

    /// <summary>What the quote expected the job to cost, fee included.</summary>
    public required Amount Expected { get; init; }

    /// <summary>Absolute folder for the outputs.</summary>
    public required string OutputDirectory { get; init; }

    /// <summary>Item and output name of each tasklet.</summary>
    public required ImmutableArray<JobOutput> Outputs { get; init; }

    /// <summary>Set when the outputs are tiles of a picture.</summary>
    public JobPicture? Picture { get; init; }

    /// <summary>Absolute path of the job file; null if it came from standard input.</summary>
    public string? JobFile { get; init; }

    /// <summary>Set when this buys part of an earlier job again.</summary>
    public JobRetry? Retry { get; init; }

    /// <summary>Whether that part is a second copy of a range that a slow device still has; then whichever ends first is used.</summary>
    public bool IsCopy { get; init; }

    /// <summary>Who promised to keep the inputs.</summary>
    public ImmutableArray<JobHolder> Holders { get; init; } = [];

    /// <summary>The transaction that posted the offer, once it is known.</summary>
    public Hash256? PostTransaction { get; init; }

    /// <summary>Key of the offer.</summary>
    [JsonIgnore]
    public OfferId Offer => Terms.Id(ChainId, Market);

    /// <summary>The manifest as a blob.</summary>
    [JsonIgnore]
    public BlobName Manifest => Work.ManifestBlob(Terms.Total);

    /// <summary>Name of the job of <paramref name="offer"/>.</summary>
    public static string IdOf(OfferId offer) => "j-" + offer.ToString()[2..14];
}

/// <summary>One tasklet's item and where its output goes.</summary>
public sealed record JobOutput(string Item, string Name);

/// <summary>A picture to assemble.</summary>
/// <param name="File">Its name in the output folder.</param>
/// <param name="Columns">Tiles in a row.</param>
/// <param name="Tiles">All tiles' names in order, where some of them are another offer's; null if they are this job's outputs.</param>
public sealed record JobPicture(string File, int Columns, ImmutableArray<string>? Tiles = null);

/// <summary>Which part of which job is bought again.</summary>
/// <param name="Of">Id of the first job.</param>
/// <param name="Tasklets">Index in the whole job of each tasklet of this offer.</param>
public sealed record JobRetry(string Of, ImmutableArray<uint> Tasklets);

/// <summary>A device's signed promise to keep the job's inputs.</summary>
/// <param name="Device">The holder.</param>
/// <param name="KeptUntil">Until when.</param>
/// <param name="Signature">Its operator's EIP-712 signature, in hexadecimal.</param>
public sealed record JobHolder(DeviceId Device, UnixTime KeptUntil, string Signature);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    RespectNullableAnnotations = true,
    Converters =
    [
        typeof(Hash256Converter), typeof(AddressConverter), typeof(BlobNameConverter), typeof(AmountConverter),
        typeof(ClassKeyConverter), typeof(DeviceIdConverter), typeof(TickConverter), typeof(UnixTimeConverter),
        typeof(DecimalUInt64Converter), typeof(WordConverter<Verdict>),
    ])]
[JsonSerializable(typeof(JobRecord))]
[JsonSerializable(typeof(Staging.StagedRecord))]
internal sealed partial class JobRecordJson : JsonSerializerContext;
