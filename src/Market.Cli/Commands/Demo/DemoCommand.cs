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
        var output = new Option<string>("--out") { Description = "Folder for the picture and the tiles", DefaultValueFactory = _ => Path.Combine("out", "fractal"), HelpName = "folder" };
        return new Command("demo", "Start a local market, render a picture on three staked nodes, pay them, stop everything") { keep, output }
            .Runs(terminal, async (context, cancel) =>
            {
                var local = new LocalMarket(terminal.Home, terminal.Time);
                var market = await local.UpAsync(new LocalMarketOptions(), context.Steps(), cancel);
                try
                {
                    return await RunAsync(context, market, Path.GetFullPath(context.Get(output)!), cancel);
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

    private static async Task<ExitCode> RunAsync(CommandContext context, LocalMarketFile market, string output, CancellationToken cancel)
    {
        var file = Path.Combine(Checkout.Find().Samples, "fractal", "job.yaml");
        context.Say($"\n[bold]$ market job run {Markup.Escape(Path.GetRelativePath(Directory.GetCurrentDirectory(), file))} --accept[/]");
        // The very command that a user would type, in this process.
        string[] arguments = ["job", "run", file, "--accept", "--yes", "--out", output, "--profile", market.Profile, "--wallet", market.Wallet, "--timeout", "5m"];
        var exit = await CommandLine.RunAsync(context.Json ? [.. arguments, "--quiet"] : arguments, context.Terminal with { Out = context.Json ? TextWriter.Null : context.Terminal.Out });
        if (exit != ExitCode.Ok) return exit;

        var record = new JobStore(context.Terminal.Home, context.Terminal.Time).List().MaxBy(j => j.CreatedAt)
            ?? throw new MarketException("E0002", ExitCode.Internal, "The job ran and left no record.", "report this");
        cancel.ThrowIfCancellationRequested();
        Preview.Show(context, record);
        return await DemoReport.ShowAsync(context, market, record, cancel);
    }
}
