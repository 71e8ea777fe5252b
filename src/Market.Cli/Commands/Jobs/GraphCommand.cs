using System.CommandLine;
using System.Globalization;
using Market.Cli.Commands.Help;
using Market.Cli.Shell;
using Market.Client;
using Market.Client.Faults;
using Market.Client.Graphs;
using Market.Client.Jobs;
using Spectre.Console;

namespace Market.Cli.Commands.Jobs;

/// <summary><c>market job graph</c>: stages that read one another, a cell for each tasklet, cost and time; of a job or of a job file.</summary>
internal static class GraphCommand
{
    public static Command Create(Terminal terminal)
    {
        var target = new Argument<string>("job") { Description = "Job id, or a job file" }.WithJobs(terminal);
        var param = JobOptions.Param();
        return new Command("graph", "Draw a job: its stages, a cell for each tasklet, who runs what, cost and time") { target, param }.Runs(terminal, async (context, cancel) =>
        {
            var graph = File.Exists(context.Get(target)!) || context.Get(target) == JobLoading.StandardInput
                ? JobGraphs.Of(await JobLoading.ResolveAsync(context, context.Get(target)!, context.ParamsOf(param), cancel))
                : await OfJobAsync(context, context.Get(target)!, cancel);
            await WriteAsync(context, graph);
            return ExitCode.Ok;
        });
    }

    private static async Task WriteAsync(CommandContext context, JobGraph graph)
    {
        if (!context.Json && context.Terminal.Colour)
        {
            var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(context.Terminal.Out) });
            foreach (var line in Markups(graph)) console.MarkupLine(line);
        }
        else
        {
            await context.WriteAsync(JobGraphDocument.Of(graph), JobJson.Default.JobGraphDocument, _ => string.Join('\n', GraphText.Plain(graph)));
        }

        context.Say($"[grey]{GraphText.Legend}[/]");
    }

    /// <summary>The lines as Spectre markup.</summary>
    public static IEnumerable<string> Markups(JobGraph graph) => GraphText.Lines(graph).Select(line => string.Concat(line.Select(span => Colour(span.Kind) is { } colour
        ? string.Create(CultureInfo.InvariantCulture, $"[{colour}]{Markup.Escape(span.Text)}[/]")
        : Markup.Escape(span.Text))));

    private static async Task<JobGraph> OfJobAsync(CommandContext context, string id, CancellationToken cancel)
    {
        var store = new JobStore(context.Terminal.Home, context.Terminal.Time);
        if (store.FindStaged(id) is { } staged)
        {
            using var there = await MarketClient.ConnectAsync(context.ProfileOf(staged), context.Terminal.Home, null, context.Terminal.Time, cancel);
            return JobGraphs.Of(await there.LookAsync(staged, cancel));
        }

        var job = store.Find(id);
        using var market = await MarketClient.ConnectAsync(context.ProfileOf(job), context.Terminal.Home, null, context.Terminal.Time, cancel);
        return JobGraphs.Of(await market.LookAsync(job, cancel));
    }

    private static string? Colour(SpanKind kind) => kind switch
    {
        SpanKind.Quiet or SpanKind.Waiting => "grey",
        SpanKind.Running => "yellow",
        SpanKind.Again => "red",
        SpanKind.Committed => "blue",
        SpanKind.Settled => "green",
        _ => null,
    };
}
