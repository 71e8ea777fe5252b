using System.Collections.Immutable;
using Market.Client.Jobs;
using Market.Domain.Identity;
using Market.Domain.Money;
using Market.Hashing;

namespace Market.Client.Staging;

/// <summary>All that another process needs to follow a job of several stages; the stages themselves are on the chain.</summary>
public sealed record StagedRecord
{
    /// <summary>The only schema so far.</summary>
    public const string CurrentSchema = "market.stagedjob/1";

    /// <summary>Always <see cref="CurrentSchema"/>.</summary>
    public required string Schema { get; init; }

    /// <summary>The job's name for people: j- and the first digits of its key.</summary>
    public required string Id { get; init; }

    /// <summary>The name in the job file.</summary>
    public required string Name { get; init; }

    /// <summary>Profile that it was posted with.</summary>
    public required string Profile { get; init; }

    /// <summary>Chain of the market.</summary>
    public required ulong ChainId { get; init; }

    /// <summary>The market contract.</summary>
    public required Address Market { get; init; }

    /// <summary>The job's key.</summary>
    public required Hash256 Job { get; init; }

    /// <summary>How amounts are written.</summary>
    public required Asset Asset { get; init; }

    /// <summary>What posting took.</summary>
    public required Amount Budget { get; init; }

    /// <summary>When it was planned, in UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Absolute folder for the outputs.</summary>
    public required string OutputDirectory { get; init; }

    /// <summary>Names of the stages, in the order that they have on the chain.</summary>
    public required ImmutableArray<string> Stages { get; init; }

    /// <summary>Place of the stage whose outputs are the results.</summary>
    public required int Result { get; init; }

    /// <summary>Item and output name of each result; empty where outputs decide how many there are.</summary>
    public required ImmutableArray<JobOutput> Outputs { get; init; }

    /// <summary>Set when the outputs are tiles of a picture.</summary>
    public JobPicture? Picture { get; init; }

    /// <summary>When the last result is promised for; null in records of before it was kept.</summary>
    public UnixTime? DueBy { get; init; }

    /// <summary>Absolute path of the job file; null if it came from standard input.</summary>
    public string? JobFile { get; init; }

    /// <summary>Set when this buys part of an earlier job again; its tasklets are those of the results, none standing for all.</summary>
    public JobRetry? Retry { get; init; }

    /// <summary>Who promised to keep the inputs.</summary>
    public ImmutableArray<JobHolder> Holders { get; init; } = [];

    /// <summary>Name of the job with this key.</summary>
    public static string IdOf(Hash256 job) => "j-" + job.ToString()[2..14];
}
