using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Market.Client.Faults;
using Spectre.Console;

namespace Market.Cli.Shell;

/// <summary>What one run of one command works with: its arguments and the terminal.</summary>
internal sealed class CommandContext(ParseResult arguments, Terminal terminal)
{
    public Terminal Terminal { get; } = terminal;

    public bool Json => arguments.GetValue(GlobalOptions.Json);

    public bool Yes => arguments.GetValue(GlobalOptions.Yes);

    public bool DryRun => arguments.GetValue(GlobalOptions.DryRun);

    public bool Quiet => arguments.GetValue(GlobalOptions.Quiet);

    public bool Verbose => arguments.GetValue(GlobalOptions.Verbose);

    /// <summary>Flag, else environment, else null: the file's or the built-in default then holds.</summary>
    public string? Profile => arguments.GetValue(GlobalOptions.Profile) ?? Environment.GetEnvironmentVariable("MARKET_PROFILE");

    /// <inheritdoc cref="Profile"/>
    public string? Wallet => arguments.GetValue(GlobalOptions.Wallet) ?? Environment.GetEnvironmentVariable("MARKET_WALLET");

    public string? MaxSpend => arguments.GetValue(GlobalOptions.MaxSpend) ?? Environment.GetEnvironmentVariable("MARKET_MAX_SPEND");

    /// <summary>Standard error, for progress, tables meant for reading, and warnings.</summary>
    public IAnsiConsole Error => Terminal.Error;

    /// <summary>Whether the option was written at all, with a value or without.</summary>
    public bool Has(Option option) => arguments.GetResult(option) is not null;

    public T? Get<T>(Option<T> option) => arguments.GetValue(option);

    public T? Get<T>(Argument<T> argument) => arguments.GetValue(argument);

    /// <summary>Writes the command's result: a JSON document with <c>--json</c>, else the text that <paramref name="text"/> makes.</summary>
    /// <param name="document">A record whose first member is its <c>schema</c>, such as <c>market.job/1</c>.</param>
    /// <param name="type">Its source-generated JSON type.</param>
    /// <param name="text">The same for people.</param>
    public async Task WriteAsync<T>(T document, JsonTypeInfo<T> type, Func<T, string> text)
    {
        var line = Json ? JsonSerializer.Serialize(document, type) : text(document);
        await Terminal.Out.WriteLineAsync(line);
        await Terminal.Out.FlushAsync();
    }

    /// <summary>Says one line on standard error, unless <c>--quiet</c>. Spectre markup.</summary>
    public void Say(string markup)
    {
        if (!Quiet) Error.MarkupLine(markup);
    }

    /// <summary>Asks before money moves or something is destroyed.</summary>
    /// <exception cref="MarketException">The user declined, or nobody is there to ask.</exception>
    public void Confirm(string question)
    {
        if (Yes) return;
        if (!Terminal.Interactive)
        {
            throw new MarketException("E1108", ExitCode.Declined, "This needs a confirmation, and no terminal is attached to ask on.", "add --yes (with --max-spend outside the local profile)");
        }

        Error.Markup($"{Markup.Escape(question)} [[y/N]] ");
        var answer = Terminal.In.ReadLine()?.Trim();
        if (answer is not ("y" or "Y" or "yes")) throw new MarketException("E1109", ExitCode.Declined, "Declined; nothing was sent.", "run the command again to go ahead");
    }
}
