using System.CommandLine;
using System.CommandLine.Completions;
using Market.Cli.Shell;
using Market.Client.Configuration;
using Market.Client.Faults;
using Market.Client.Jobs;
using Market.Client.Wallets;

namespace Market.Cli.Commands.Help;

/// <summary>
/// <c>market completion</c>: a shell function that asks the command line itself what may follow, by the parser's own
/// <c>[suggest:N]</c> directive, so that it can never be out of date.
/// </summary>
internal static class CompletionCommand
{
    private const string Directive = "[suggest";

    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = """
            _market() { local IFS=$'\n'; COMPREPLY=($(compgen -W "$(market "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}")); }
            complete -o default -F _market market
            """,
        ["zsh"] = """
            _market() { local -a found; found=("${(@f)$(market "[suggest:${#BUFFER}]" "$BUFFER" 2>/dev/null)}"); compadd -a found; }
            compdef _market market
            """,
        ["fish"] = """
            complete -f -c market -a '(market "[suggest:"(string length -- (commandline -cp))"]" (commandline -cp) 2>/dev/null)'
            """,
        ["pwsh"] = """
            Register-ArgumentCompleter -Native -CommandName market -ScriptBlock {
              param($word, $line, $position)
              market "[suggest:$position]" "$line" 2>$null | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
            }
            """,
    };

    /// <summary>Whether a shell asks what may follow.</summary>
    public static bool IsAsked(string[] arguments) => arguments is [var first, ..] && first.StartsWith(Directive, StringComparison.Ordinal);

    public static Command Create(Terminal terminal)
    {
        var shell = new Argument<string>("shell") { Description = string.Join(", ", Scripts.Keys) };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        return new Command("completion", "Print a function that completes market commands in your shell") { shell }.Runs(terminal, async (context, cancel) =>
        {
            var name = context.Get(shell)!;
            await context.Terminal.Out.WriteLineAsync(Scripts[name]);
            context.Say(name == "bash" ? "[grey]next:[/] add to ~/.bashrc: source <(market completion bash)" : $"[grey]next:[/] add this to your {name} profile");
            return ExitCode.Ok;
        });
    }

    /// <summary>Completes with this user's jobs, newest first.</summary>
    public static Argument<string> WithJobs(this Argument<string> argument, Terminal terminal) =>
        With(argument, () => new JobStore(terminal.Home, terminal.Time).Known());

    /// <summary>Completes with this user's wallets.</summary>
    public static Argument<string> WithWallets(this Argument<string> argument, Terminal terminal) =>
        With(argument, () => new WalletStore(terminal.Home).List().Select(wallet => wallet.Name));

    /// <summary>Completes with this user's profiles.</summary>
    public static Argument<string> WithProfiles(this Argument<string> argument, Terminal terminal) =>
        With(argument, () => new ProfileStore(terminal.Home).Names());

    private static Argument<string> With(Argument<string> argument, Func<IEnumerable<string>> names)
    {
        argument.CompletionSources.Add(_ => names().Select(name => new CompletionItem(name)));
        return argument;
    }
}
