using System.CommandLine;
using Market.Client.Faults;
using Spectre.Console;

namespace Market.Cli.Shell;

/// <summary>Ties commands to their bodies; the one place where faults become exit codes.</summary>
internal static class CommandExtensions
{
    /// <summary>Runs <paramref name="body"/> when the command is called and shows what it throws.</summary>
    public static Command Runs(this Command command, Terminal terminal, Func<CommandContext, CancellationToken, Task<ExitCode>> body)
    {
        command.SetAction(async (arguments, cancel) =>
        {
            var context = new CommandContext(arguments, terminal);
            try
            {
                return (int)await body(context, cancel);
            }
            catch (MarketException e)
            {
                Show(context, e.Fault, e);
                return (int)e.Fault.Exit;
            }
            catch (Exception e) when (ChainFaults.Of(e) is { } fault)
            {
                Show(context, fault, e);
                return (int)fault.Exit;
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                context.Error.MarkupLine("[yellow]interrupted[/]");
                return (int)ExitCode.Interrupted;
            }
#pragma warning disable CA1031 // The edge of the process: whatever arrives here is a defect and is reported as one.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Show(context, new MarketFault("E0001", ExitCode.Internal, $"Internal error: {e.Message}", "run again with --verbose and report what it prints"), e);
                return (int)ExitCode.Internal;
            }
        });
        return command;
    }

    private static void Show(CommandContext context, MarketFault fault, Exception cause)
    {
        context.Error.MarkupLine($"[red]error {Markup.Escape(fault.Code)}[/]: {Markup.Escape(fault.Message)}");
        if (fault.Fix.Length > 0) context.Error.MarkupLine($"  [grey]next:[/] {Markup.Escape(fault.Fix)}");
        if (context.Verbose) context.Error.WriteLine(cause.ToString());
        if (context.Json) context.Terminal.Out.WriteLine(FaultDocument.Serialize(fault));
    }
}
