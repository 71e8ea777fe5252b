using Market.Client.Configuration;
using Spectre.Console;

namespace Market.Cli.Shell;

/// <summary>The process's surroundings, as commands see them: data goes to <see cref="Out"/>, all else to <see cref="Error"/>.</summary>
/// <param name="Out">Standard output: results only.</param>
/// <param name="Error">Standard error: progress, prompts, warnings, errors.</param>
/// <param name="In">Standard input.</param>
/// <param name="Interactive">Whether a person can be asked.</param>
/// <param name="Colour">Whether results may be coloured: standard output is a terminal that takes it.</param>
/// <param name="Home">Where this user's wallets, profiles and jobs live.</param>
/// <param name="Time">The clock.</param>
internal sealed record Terminal(
    TextWriter Out, IAnsiConsole Error, TextReader In, bool Interactive, bool Colour, MarketHome Home, TimeProvider Time)
{
#pragma warning disable RS0030 // The command line owns the console; everything else gets it from here.
    public static Terminal OfThisProcess()
    {
        var plain = Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 }
            || Environment.GetEnvironmentVariable("TERM") == "dumb"
            || Environment.GetEnvironmentVariable("CI") is { Length: > 0 }
            || Console.IsErrorRedirected;
        var error = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Console.Error),
            Ansi = plain ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = plain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = plain ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (plain) error.Profile.Width = 160;
        var interactive = !Console.IsInputRedirected && !Console.IsErrorRedirected;
        return new Terminal(Console.Out, error, Console.In, interactive, !plain && !Console.IsOutputRedirected, MarketHome.FromEnvironment(), TimeProvider.System);
    }
#pragma warning restore RS0030
}
