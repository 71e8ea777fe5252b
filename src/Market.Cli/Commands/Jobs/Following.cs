using System.Text.Json;
using Market.Cli.Shell;
using Market.Client;
using Market.Client.Faults;
using Market.Client.Following;
using Market.Client.Jobs;
using Market.Client.Staging;
using Spectre.Console;

namespace Market.Cli.Commands.Jobs;

/// <summary>Watching a job from the command line: until it is over, the time is up, or the user leaves.</summary>
internal static class Following
{
    /// <summary>The last state seen of a job of one task. <paramref name="onProgress"/> is told of each.</summary>
    /// <exception cref="MarketException">E2302: the timeout passed first; the job goes on.</exception>
    /// <exception cref="OperationCanceledException">The user left; the job goes on.</exception>
    public static Task<JobProgress> FollowAsync(
        CommandContext context, MarketClient market, JobRecord job, TimeSpan? timeout, Func<JobProgress, Task> onProgress, CancellationToken cancel) =>
        UntilOverAsync(context, job.Id, timeout, either => market.FollowAsync(job, new Trouble(context), either), onProgress, cancel);

    /// <summary>The last state seen of a job of several stages. <paramref name="onProgress"/> is told of each.</summary>
    /// <inheritdoc cref="FollowAsync(CommandContext, MarketClient, JobRecord, TimeSpan?, Func{JobProgress, Task}, CancellationToken)"/>
    public static Task<StagedProgress> FollowAsync(
        CommandContext context, MarketClient market, StagedRecord job, TimeSpan? timeout, Func<StagedProgress, Task> onProgress, CancellationToken cancel) =>
        UntilOverAsync(context, job.Id, timeout, either => market.FollowAsync(job, new Trouble(context), either), onProgress, cancel);

    private static async Task<T> UntilOverAsync<T>(
        CommandContext context, string job, TimeSpan? timeout, Func<CancellationToken, IAsyncEnumerable<T>> follow, Func<T, Task> onProgress, CancellationToken cancel)
        where T : class
    {
        using var limit = new CancellationTokenSource(timeout ?? System.Threading.Timeout.InfiniteTimeSpan, context.Terminal.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        T? last = null;
        try
        {
            await foreach (var progress in follow(either.Token))
            {
                last = progress;
                await onProgress(progress);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            context.Error.MarkupLine($"[yellow]detached[/]; the job goes on. [grey]next:[/] market job watch {job}");
            throw;
        }
        catch (OperationCanceledException)
        {
            throw new MarketException("E2302", ExitCode.TimedOut, $"Job {job} is not over after {Domain.Jobs.Duration.Format(timeout!.Value)}; it goes on.", $"market job watch {job}");
        }

        return last ?? throw new InvalidOperationException("a followed job has a state");
    }

    /// <summary>One JSON line for each changed lease, or one without a lease if only counts are to be told.</summary>
    public static async Task WriteEventsAsync(CommandContext context, JobProgress progress)
    {
        var view = progress.View;
        var tasklets = new TaskletsDocument(view.Terms.Total, view.Waiting, view.Running, view.Committed, view.Settled);
        var leases = progress.Changed.Select(lease => (LeaseDocument?)LeaseDocument.Of(progress.Job, lease)).DefaultIfEmpty(null);
        foreach (var lease in leases.Where(lease => lease is not null || progress.IsOver))
        {
            var line = new JobEventDocument("market.jobevent/1", progress.Job.Id, progress.Now.ToString(), tasklets, lease, progress.IsOver);
            await context.Terminal.Out.WriteLineAsync(JsonSerializer.Serialize(line, JobJson.Default.JobEventDocument));
        }

        await context.Terminal.Out.FlushAsync();
    }

    // Progress<T> would report from another thread, out of order.
    private sealed class Trouble(CommandContext context) : IProgress<string>
    {
        public void Report(string value) => context.Error.MarkupLine($"[yellow]{Markup.Escape(value)}[/]");
    }
}
