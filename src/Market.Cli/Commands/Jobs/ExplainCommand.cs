using System.CommandLine;
using Market.Cli.Shell;
using Market.Client;
using Market.Client.Explaining;
using Market.Client.Faults;
using Market.Client.Jobs;

namespace Market.Cli.Commands.Jobs;

/// <summary><c>market job explain</c>: why a job stands where it stands, what comes next, what to do.</summary>
internal static class ExplainCommand
{
    public static Command Create(Terminal terminal)
    {
        var id = JobOptions.Id(terminal);
        return new Command("explain", "Say why a job stands where it stands, what comes next and what you can do") { id }.Runs(terminal, async (context, cancel) =>
        {
            var store = new JobStore(context.Terminal.Home, context.Terminal.Time);
            if (store.FindStaged(context.Get(id)!) is { } staged) return await StagedCommands.ExplainAsync(context, staged, cancel);
            var job = store.Find(context.Get(id)!);
            using var market = await MarketClient.ConnectAsync(context.ProfileOf(job), context.Terminal.Home, null, context.Terminal.Time, cancel);
            await WriteAsync(context, job.Id, await market.ExplainAsync(job, cancel));
            return ExitCode.Ok;
        });
    }

    /// <summary>Writes an explanation.</summary>
    public static Task WriteAsync(CommandContext context, string job, Explanation explanation) => context.WriteAsync(
        new ExplanationDocument("market.explanation/1", job, explanation.State, explanation.Because, explanation.Next, explanation.Advice),
        JobJson.Default.ExplanationDocument,
        _ => Text(explanation));

    private static string Text(Explanation explanation)
    {
        string[] lines =
        [
            explanation.State,
            .. explanation.Because.Select(line => $"  because  {line}"),
            .. explanation.Next.Select(line => $"  next     {line}"),
            .. explanation.Advice.Select(line => $"  you can  {line}"),
        ];
        return string.Join('\n', lines);
    }
}

internal sealed record ExplanationDocument(string Schema, string Job, string State, IReadOnlyList<string> Because, IReadOnlyList<string> Next, IReadOnlyList<string> Advice);
