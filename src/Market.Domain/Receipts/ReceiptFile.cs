using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Market.Domain.Receipts;

/// <summary>
/// What <c>receipts.json</c> beside a job's outputs holds. Whoever has this file, the outputs and an endpoint of the chain
/// can check both; neither this market's programs nor its servers need to be believed.
/// </summary>
/// <param name="Schema">Always <see cref="CurrentSchema"/>.</param>
/// <param name="Outputs">Which file holds which tasklet's output.</param>
/// <param name="Receipts">One for each tasklet with a final result, by tasklet.</param>
/// <param name="Part">For an offer that bought only part of a job again: the index in the whole job of each of its tasklets.</param>
/// <param name="Rule">
/// For a stage that reads others: what says which of their outputs each tasklet read, ABI-encoded as the contract hashes it,
/// in hexadecimal. Its hash stands in the work where a manifest's root would.
/// </param>
/// <param name="PlannedAt">When the job was planned, in UTC: of several files in a folder the newest speaks for a tasklet.</param>
public sealed record ReceiptFile(
    string Schema,
    ImmutableArray<OutputFile> Outputs,
    ImmutableArray<Receipt> Receipts,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ImmutableArray<uint>? Part = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Rule = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? PlannedAt = null)
{
    /// <summary>The only schema so far.</summary>
    public const string CurrentSchema = "market.receipts/1";

    /// <summary>The file's name beside the outputs.</summary>
    public const string FileName = "receipts.json";

    /// <summary>Pattern of the files of a job's retries, which stand beside the first offer's.</summary>
    public const string RetryPattern = "receipts-j-*.json";

    /// <summary>The file's name for the offer of the retry <paramref name="job"/>.</summary>
    public static string NameOfRetry(string job) => $"receipts-{job}.json";
}

/// <summary>Where a tasklet's output was written.</summary>
/// <param name="Tasklet">Its index in the offer.</param>
/// <param name="Name">Path inside the output directory, with forward slashes.</param>
public sealed record OutputFile(uint Tasklet, string Name);
