using Market.Cli.Shell;
using Market.Client.Posting;
using Spectre.Console;

namespace Market.Cli.Commands.Jobs;

/// <summary>Tells each step of a posting.</summary>
internal sealed class PostingLines(CommandContext context) : IProgress<PostProgress>
{
    // Not Progress<T>: that would report from another thread, out of order.
    public void Report(PostProgress value) => context.Say(Markup.Escape(value.Text));
}
