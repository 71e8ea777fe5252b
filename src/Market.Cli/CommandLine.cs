using System.CommandLine;
using System.CommandLine.Parsing;
using Market.Cli.Commands.Accounts;
using Market.Cli.Commands.Books;
using Market.Cli.Commands.Demo;
using Market.Cli.Commands.Dev;
using Market.Cli.Commands.Disputes;
using Market.Cli.Commands.Doctor;
using Market.Cli.Commands.Help;
using Market.Cli.Commands.Jobs;
using Market.Cli.Commands.Profiles;
using Market.Cli.Commands.Provider;
using Market.Cli.Commands.Tasks;
using Market.Cli.Commands.Verifying;
using Market.Cli.Commands.Wallets;
using Market.Cli.Shell;
using Market.Client.Faults;
using Spectre.Console;

namespace Market.Cli;

/// <summary>The <c>market</c> command: every noun, its verbs, and how a run of it ends.</summary>
internal static class CommandLine
{
    public static async Task<ExitCode> RunAsync(string[] arguments, Terminal terminal)
    {
        if (KeyInArguments.IsAmong(arguments))
        {
            terminal.Error.MarkupLine("[red]error E1106[/]: A private key on the command line was refused; your shell history now holds this key.");
            terminal.Error.MarkupLine("  [grey]next:[/] move its funds to a new wallet; import keys through the prompt of: market wallet import");
            return ExitCode.Usage;
        }

        var parsed = Create(terminal).Parse(arguments);
        // A line that is still being typed is not wrong yet.
        if (parsed.Errors.Count > 0 && !CompletionCommand.IsAsked(arguments))
        {
            foreach (var error in parsed.Errors) terminal.Error.MarkupLine($"[red]error E1201[/]: {Markup.Escape(error.Message)}");
            terminal.Error.MarkupLine($"  [grey]next:[/] {Markup.Escape(HelpCall(parsed))}");
            return ExitCode.Usage;
        }

        return (ExitCode)await parsed.InvokeAsync(new InvocationConfiguration
        {
            Output = terminal.Out,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = TimeSpan.FromSeconds(20),
        });
    }

    public static RootCommand Create(Terminal terminal)
    {
        var root = new RootCommand("A compute marketplace on a blockchain: post jobs, run nodes, check results.");
        foreach (var option in GlobalOptions.All) root.Add(option);
        // One line a noun; each folder under Commands/ builds one.
        root.Add(DoctorCommand.Create(terminal));
        root.Add(WalletCommand.Create(terminal));
        root.Add(ProfileCommand.Create(terminal));
        root.Add(AccountCommand.Create(terminal));
        root.Add(JobCommand.Create(terminal));
        root.Add(BookCommand.Create(terminal));
        root.Add(TaskCommand.Create(terminal));
        root.Add(VerifyCommand.Create(terminal));
        root.Add(ProviderCommand.Create(terminal));
        root.Add(DisputeCommand.Create(terminal));
        root.Add(ChallengerCommand.Create(terminal));
        root.Add(DevCommand.Create(terminal));
        root.Add(DemoCommand.Create(terminal));
        root.Add(FaultCommand.Create(terminal));
        root.Add(CompletionCommand.Create(terminal));
        return root;
    }

    /// <summary>The help call of the innermost command that was recognised.</summary>
    private static string HelpCall(ParseResult parsed)
    {
        var names = new List<string>();
        for (SymbolResult? at = parsed.CommandResult; at is not null; at = at.Parent)
        {
            if (at is CommandResult { Command: var command }) names.Insert(0, command is RootCommand ? "market" : command.Name);
        }

        return $"{string.Join(' ', names)} --help";
    }
}
