using System.Text.Json;
using Market.Cli.Shell;
using Market.Client.Staging;
using Market.Domain.Leases;
using Market.Hashing;

namespace Market.Cli.Commands.Jobs;

/// <summary><c>job watch --json</c> of a job of several stages: a line for each stage and each lease that changed, and one for the end.</summary>
internal sealed class StagedEvents(CommandContext context)
{
    private readonly Dictionary<string, string> _states = [];
    private readonly Dictionary<Hash256, LeaseState> _leases = [];
    private bool _over;

    /// <summary>Writes what changed since the last time.</summary>
    public async Task WriteAsync(StagedProgress progress)
    {
        var stages = StagedDocument.Of(progress, null).Stages;
        foreach (var (document, stage) in stages.Zip(progress.Stages))
        {
            if (_states.GetValueOrDefault(document.Name) != (_states[document.Name] = document.State)) await WriteAsync(progress, document, null);
            foreach (var lease in stage.Leases)
            {
                if (_leases.TryGetValue(lease.Key.Value, out var known) && known == lease.State) continue;
                _leases[lease.Key.Value] = lease.State;
                await WriteAsync(progress, document, StagedLeaseDocument.Of(lease));
            }
        }

        if (progress.IsOver && !_over) await WriteAsync(progress, null, null);
        _over = progress.IsOver;
        await context.Terminal.Out.FlushAsync();
    }

    private async Task WriteAsync(StagedProgress progress, StagedStageDocument? stage, StagedLeaseDocument? lease)
    {
        var line = new StagedEventDocument(
            "market.stagedevent/1", progress.Record.Id, progress.Now.ToString(), stage?.Name, stage?.State, stage?.Attempts, stage?.Tasklets, stage?.Done, lease, lease is null && stage is null && progress.IsOver);
        await context.Terminal.Out.WriteLineAsync(JsonSerializer.Serialize(line, JobJson.Default.StagedEventDocument));
    }
}

/// <summary>One line of <c>job watch --json</c> for a job of several stages. Without a stage it is about the job.</summary>
internal sealed record StagedEventDocument(
    string Schema, string Job, string Time, string? Stage, string? State, byte? Attempts, uint? Tasklets, uint? Done, StagedLeaseDocument? Lease, bool Over);
