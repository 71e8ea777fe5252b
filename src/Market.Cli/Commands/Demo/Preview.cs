using System.Text;
using Market.Cli.Shell;
using Market.Client.Imaging;
using Market.Client.Jobs;

namespace Market.Cli.Commands.Demo;

/// <summary>A picture as half-block characters, where the terminal shows colours.</summary>
internal static class Preview
{
    private const int Columns = 64;

    public static void Show(CommandContext context, JobRecord job)
    {
        if (context.Quiet || !context.Error.Profile.Capabilities.Ansi || job.Picture is not { } wanted) return;
        var tiles = new List<Picture>();
        foreach (var output in job.Outputs)
        {
            if (!PortablePixmap.TryRead(File.ReadAllBytes(Path.Combine(job.OutputDirectory, output.Name)), out var tile, out _)) return;
            tiles.Add(tile);
        }

        if (!TileGrid.TryAssemble(tiles, wanted.Columns, out var picture, out _)) return;
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
