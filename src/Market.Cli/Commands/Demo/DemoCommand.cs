using System.CommandLine;
using Market.Cli.Shell;
using Market.Client.Development;
using Market.Client.Faults;
using Market.Client.Jobs;
using Spectre.Console;

namespace Market.Cli.Commands.Demo;

/// <summary><c>market demo</c>: the whole market in one go, on this machine, with what it cost and who earned it.</summary>
internal static class DemoCommand
{
    public static Command Create(Terminal terminal)
    {
        var keep = new Option<bool>("--keep") { Description = "Leave chain and nodes running; market dev down stops them" };
        var output = new Option<string>("--out") { Description = "Folder for the picture", DefaultValueFactory = _ => Path.Combine("out", "fractal"), HelpName = "folder" };
        var liar = new Option<string?>("--liar")
        {
            Description = "Second act: one node lies about this (value by default) and a challenger catches it; any name of market dev up --liar", HelpName = "lie", Arity = ArgumentArity.ZeroOrOne,
        };
        return new Command("demo", "Start a local market, render a picture on three staked nodes, pay them, stop everything") { keep, output, liar }
            .Runs(terminal, async (context, cancel) =>
            {
                var local = new LocalMarket(terminal.Home, terminal.Time);
                var lie = context.Has(liar) ? context.Get(liar) ?? "value" : null;
                var market = await local.UpAsync(new LocalMarketOptions { Lies = lie is null ? [] : [lie], Challenger = lie is not null }, context.Steps(), cancel);
                try
                {
                    return await RunAsync(context, market, Path.GetFullPath(context.Get(output)!), lie, cancel);
                }
                finally
                {
                    if (context.Get(keep))
                    {
                        context.Say("the market is left running");
                        context.Say("[grey]next:[/] scripts/market job list  ·  scripts/market provider status --config " + Markup.Escape(market.Nodes[0].Config) + "  ·  scripts/market dev down");
                    }
                    else
                    {
                        // Also after an interrupt: nothing of the demo may outlive it.
                        await local.DownAsync(CancellationToken.None);
                        context.Say("[green]✓[/] stopped what was started");
                    }
                }
            });
    }

    private static async Task<ExitCode> RunAsync(CommandContext context, LocalMarketFile market, string output, string? lie, CancellationToken cancel)
    {
        var file = lie is null ? Path.Combine(Checkout.Find().Samples, "picture", "job.yaml") : Path.Combine(Checkout.Find().Samples, "fractal", "small.yaml");
        if (lie is not null) context.Say($"\n[yellow]{Markup.Escape(market.Nodes[0].Name)} lies about {Markup.Escape(lie)}[/]; nobody but itself knows.");
        // Who accepts early waives the window, and with it the challenger's help.
        string[] accept = lie is null ? ["--accept"] : [];
        context.Say($"\n[bold]$ market job run {Markup.Escape(Path.GetRelativePath(Directory.GetCurrentDirectory(), file))} {string.Join(' ', accept)}[/]");
        // The very command that a user would type, in this process.
        string[] arguments = ["job", "run", file, .. accept, "--yes", "--out", output, "--profile", market.Profile, "--wallet", market.Wallet, "--timeout", "5m"];
        Task<ExitCode> CallAsync(params string[] call) =>
            CommandLine.RunAsync(context.Json ? [.. call, "--quiet"] : call, context.Terminal with { Out = context.Json ? TextWriter.Null : context.Terminal.Out });
        var exit = lie is null ? await CallAsync(arguments) : await LiarAct.RunAsync(context, market, () => CallAsync(arguments), cancel);
        if (exit == ExitCode.Ok && lie is not null)
        {
            context.Say($"\n[bold]$ market verify {Markup.Escape(Path.GetRelativePath(Directory.GetCurrentDirectory(), output))} --inputs … --rerun 100%[/]");
            exit = await CallAsync("verify", output, "--inputs", file, "--rerun", "100%", "--profile", market.Profile);
        }

        if (exit != ExitCode.Ok) return exit;

        var store = new JobStore(context.Terminal.Home, context.Terminal.Time);
        var job = (lie is null ? store.ListStaged().Select(DemoJob.Of) : store.List().Select(DemoJob.Of)).FirstOrDefault()
            ?? throw new MarketException("E0002", ExitCode.Internal, "The job ran and left no record.", "report this");
        cancel.ThrowIfCancellationRequested();
        Preview.Show(context, job.Picture);
        return await DemoReport.ShowAsync(context, market, job, cancel);
    }
}
