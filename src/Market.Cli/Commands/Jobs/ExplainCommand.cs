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
            var job = new JobStore(context.Terminal.Home, context.Terminal.Time).Find(context.Get(id)!);
            using var market = await MarketClient.ConnectAsync(context.ProfileOf(job), context.Terminal.Home, null, context.Terminal.Time, cancel);
            var explanation = await market.ExplainAsync(job, cancel);
            var document = new ExplanationDocument("market.explanation/1", job.Id, explanation.State, explanation.Because, explanation.Next, explanation.Advice);
            await context.WriteAsync(document, JobJson.Default.ExplanationDocument, _ => Text(explanation));
            return ExitCode.Ok;
        });
    }

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
