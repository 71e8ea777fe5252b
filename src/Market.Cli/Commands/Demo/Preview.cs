using System.Text;
using Market.Cli.Shell;
using Market.Client.Imaging;

namespace Market.Cli.Commands.Demo;

/// <summary>A picture as half-block characters, where the terminal shows colours.</summary>
internal static class Preview
{
    private const int Columns = 64;

    public static void Show(CommandContext context, string file)
    {
        if (context.Quiet || !context.Error.Profile.Capabilities.Ansi || !PngReader.TryRead(File.ReadAllBytes(file), out var picture)) return;
        foreach (var row in HalfBlocks.Of(picture, Columns))
        {
            var line = new StringBuilder("  ");
            foreach (var (upper, lower) in row)
            {
                line.Append(System.Globalization.CultureInfo.InvariantCulture, $"[rgb({upper.Red},{upper.Green},{upper.Blue}) on rgb({lower.Red},{lower.Green},{lower.Blue})]▀[/]");
            }

            context.Say(line.ToString());
        }
    }
}
