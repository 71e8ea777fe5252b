using System.CommandLine;
using Market.Cli.Commands.Help;
using Market.Cli.Shell;
using Market.Client.Faults;
using Market.Domain.Jobs;
using Market.Domain.Money;

namespace Market.Cli.Commands.Jobs;

/// <summary>Arguments and options that several job commands take.</summary>
internal static class JobOptions
{
    public static Argument<string> File() => new("file") { Description = "Job file, or - for standard input" };

    public static Argument<string> Id(Terminal terminal) =>
        new Argument<string>("job") { Description = "Job id, or enough of its first digits" }.WithJobs(terminal);

    public static Option<string[]> Param() =>
        new("--param") { Description = "Value of one of the file's params; may be repeated", HelpName = "name=value", AllowMultipleArgumentsPerToken = false };

    /// <summary>The values that <c>--param</c> gives, by name.</summary>
    /// <exception cref="MarketException">E1203: one is no name=value, or a name is given twice.</exception>
    public static Dictionary<string, string> ParamsOf(this CommandContext context, Option<string[]> option)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in context.Get(option) ?? [])
        {
            var at = text.IndexOf('=', StringComparison.Ordinal);
            if (at < 1) throw new MarketException("E1203", ExitCode.Usage, $"'{text}' is no name=value.", "--param day=2026-11-20");
            if (!values.TryAdd(text[..at], text[(at + 1)..])) throw new MarketException("E1203", ExitCode.Usage, $"--param {text[..at]} is given twice.", "give it once");
        }

        return values;
    }

    public static Option<string?> Budget() => new("--budget") { Description = "Most that may be escrowed, instead of sla.budget", HelpName = "amount" };

    public static Option<bool> SkipLocalRun() => new("--skip-local-run") { Description = "Do not run samples here first; needs limits.fuel" };

    public static Option<string?> Out() => new("--out") { Description = "Folder for outputs, instead of output.dir", HelpName = "folder" };

    public static Option<string?> Timeout() => new("--timeout") { Description = "Stop waiting after this long, for example 5m; the job goes on (exit 7)", HelpName = "time" };

    public static Option<bool> Detach() => new("--detach", "-d") { Description = "Return once the job is posted" };

    public static Option<bool> Here() => new("--here") { Description = "Run the whole job on this machine alone: no market, no money" };

    public static Option<bool> Accept() => new("--accept") { Description = "Accept results as soon as their outputs are here, waiving the rest of the challenge window" };

    public static Amount? BudgetOf(this CommandContext context, Option<string?> option, Asset asset)
    {
        if (context.Get(option) is not { } text) return null;
        return asset.TryParse(text, out var amount) && amount > Amount.Zero
            ? amount
            : throw new MarketException("E1203", ExitCode.Usage, $"'{text}' is no amount of {asset.Symbol}.", "--budget 0.50");
    }

    public static TimeSpan? TimeoutOf(this CommandContext context, Option<string?> option)
    {
        if (context.Get(option) is not { } text) return null;
        return Duration.TryParse(text, out var time) && time > TimeSpan.Zero
            ? time
            : throw new MarketException("E1203", ExitCode.Usage, $"'{text}' is no length of time.", "--timeout 5m");
    }
}
