using System.CommandLine;
using Market.Cli.Shell;

namespace Market.Cli.Commands.Jobs;

/// <summary><c>market job</c>: check, price, run, follow, explain and collect jobs.</summary>
internal static class JobCommand
{
    public static Command Create(Terminal terminal) => new("job", "Check, price, run, follow, draw, explain, collect and retry jobs")
    {
        CheckCommand.Create(terminal),
        SchemaCommand.Create(terminal),
        QuoteCommand.Create(terminal),
        RunCommand.Create(terminal),
        ListCommand.Create(terminal),
        ShowCommand.Create(terminal),
        WatchCommand.Create(terminal),
        GraphCommand.Create(terminal),
        LogsCommand.Create(terminal),
        ExplainCommand.Create(terminal),
        ResultsCommand.Create(terminal),
        CancelCommand.Create(terminal),
        RetryCommand.Create(terminal),
    };
}
