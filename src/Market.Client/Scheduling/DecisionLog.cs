using System.Text.Json;
using System.Text.Json.Serialization;
using Market.Client.Configuration;

namespace Market.Client.Scheduling;

/// <summary>
/// What was decided about a job's leases by whoever was attached to it, and why: one JSON line each in the job's folder. It is
/// this consumer's own memory; what came of a decision is on the chain.
/// </summary>
public sealed class DecisionLog(MarketHome home)
{
    private const string FileName = "decisions.jsonl";

    /// <summary>All entries of a job, oldest first. A line that a crash cut short is left out.</summary>
    /// <param name="job">The job's id.</param>
    public IReadOnlyList<DecisionEntry> Read(string job)
    {
        var file = FileOf(job);
        return File.Exists(file) ? [.. File.ReadLines(file).Select(TryParse).OfType<DecisionEntry>()] : [];
    }

    /// <summary>Appends one.</summary>
    public void Write(string job, DecisionEntry entry)
    {
        MarketHome.CreatePrivate(home.Jobs);
        MarketHome.CreatePrivate(Path.Combine(home.Jobs, job));
        File.AppendAllLines(FileOf(job), [JsonSerializer.Serialize(entry, DecisionJson.Default.DecisionEntry)]);
    }

    private static DecisionEntry? TryParse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, DecisionJson.Default.DecisionEntry);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private string FileOf(string job) => Path.Combine(home.Jobs, job, FileName);
}

/// <summary>One decision.</summary>
/// <param name="Time">Block time, RFC 3339.</param>
/// <param name="Stage">The stage.</param>
/// <param name="Lease">The lease's key.</param>
/// <param name="Device">Who runs it.</param>
/// <param name="First">Its first tasklet.</param>
/// <param name="Count">Its tasklets.</param>
/// <param name="Done">How many of them the device last said to have ended; null if it was never heard.</param>
/// <param name="Decision">keep, summon or second-copy; of a summons that was refused: summon-failed; of a copy: copy-bought, copy-used, copy-second (it came second) or copy-failed.</param>
/// <param name="Reason">The reason's code, as <see cref="Domain.Scheduling.ReasonCode"/> names it; empty for what became of a copy.</param>
/// <param name="ExpectedSeconds">Until it is expected to end, as things are.</param>
/// <param name="InsteadSeconds">What that is compared with.</param>
/// <param name="Cost">Base units that the alternative costs, in decimal.</param>
/// <param name="Text">For people.</param>
public sealed record DecisionEntry(
    string Time, string Stage, string Lease, uint Device, uint First, uint Count, uint? Done, string Decision, string Reason, double? ExpectedSeconds, double? InsteadSeconds, string? Cost, string Text);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DecisionEntry))]
internal sealed partial class DecisionJson : JsonSerializerContext;
