using Spectre.Console;

namespace Market.Cli.Shell;

/// <summary>Says each finished step of long work on its own line, as it finishes.</summary>
internal static class StepLines
{
    public static IProgress<string> Steps(this CommandContext context) => new Lines(context);

    private sealed class Lines(CommandContext context) : IProgress<string>
    {
        // Not Progress<T>: that posts to the thread pool, and lines would come late or out of order.
        public void Report(string value) => context.Say($"[green]✓[/] {Markup.Escape(value)}");
    }
}
