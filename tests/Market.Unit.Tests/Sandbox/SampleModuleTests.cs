using System.Text;
using System.Text.Json;
using Market.Client.Imaging;
using Market.Domain.Jobs;
using Market.Domain.Results;
using Market.EndToEnd.Tests.Reference;
using Market.Hashing;
using Market.Sandbox;
using Market.Wasm;

namespace Market.Unit.Tests.Sandbox;

public sealed class SampleModuleTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>
{
    private static readonly RunLimits Limits = SandboxFixture.Ample with { Fuel = 1_000_000_000 };

    private static string Samples { get; } = FindSamples();

    [Fact]
    public async Task Fractal_AllTilesJoined_EqualTheReferenceInEveryPixel()
    {
        const int Tiles = 9;
        const int Width = 200;
        const int Height = 140;
        var module = await PrepareAsync("fractal");

        var outcomes = await Task.WhenAll(Enumerable.Range(0, Tiles).Select(tile => RunAsync(module, [], "fractal", $"{tile}", $"{Tiles}", $"{Width}", $"{Height}")));

        Assert.All(outcomes, outcome => Assert.Equal((TaskletStatus.Exited, 0u), (outcome.Status, outcome.ExitCode)));
        var tiles = outcomes.Select(outcome => PortablePixmap.TryRead(outcome.Output.Span, out var tile, out var fault) ? tile : throw new InvalidDataException(fault));
        Assert.True(TileGrid.TryAssemble([.. tiles], 3, out var picture, out _));
        Assert.Equal((Width, Height), (picture.Width, picture.Height));
        Assert.Equal(FractalReference.Render(Width, Height), picture.Pixels);
    }

    [Fact]
    public async Task Picture_OfAllTiles_IsAPngOfTheReference()
    {
        var (fractal, picture) = (await PrepareAsync("fractal"), await PrepareAsync("picture"));
        var tiles = await Task.WhenAll(Enumerable.Range(0, 9).Select(tile => RunAsync(fractal, [], "fractal", $"{tile}", "9", "200", "140")));

        var outcome = await RunAsync(picture, Frames.Encode(tiles.Select(tile => tile.Output)), "picture", "3");

        Assert.True(PngReader.TryRead(outcome.Output.Span, out var whole));
        Assert.Equal((200, 140), (whole.Width, whole.Height));
        Assert.Equal(FractalReference.Render(200, 140), whole.Pixels);
        Assert.Equal(2u, (await RunAsync(picture, Frames.Encode(tiles.Select(tile => tile.Output)), "picture", "4")).ExitCode);
    }

    [Theory]
    [InlineData]
    [InlineData("64", "64")]
    [InlineData("0", "63")]
    [InlineData("0", "0")]
    [InlineData("x", "64")]
    [InlineData("0", "64", "7", "7")]
    public async Task Fractal_BadArguments_ExitsWithTwo(params string[] arguments)
    {
        var module = await PrepareAsync("fractal");

        var outcome = await RunAsync(module, [], ["fractal", .. arguments]);

        Assert.Equal((TaskletStatus.Exited, 2u), (outcome.Status, outcome.ExitCode));
    }

    [Fact]
    public async Task TextStats_EverySampleText_AgreesWithCountsByOtherCode()
    {
        var module = await PrepareAsync("textstats");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Samples, "textstats", "texts")))
        {
            var text = await File.ReadAllTextAsync(file, SandboxFixture.Token);

            var outcome = await RunAsync(module, Encoding.UTF8.GetBytes(text), "textstats");

            using var json = JsonDocument.Parse(outcome.Output);
            var words = Words(text);
            Assert.Equal(text.EnumerateRunes().Count(), json.RootElement.GetProperty("characters").GetInt32());
            Assert.Equal(text.Count(c => c == '\n'), json.RootElement.GetProperty("lines").GetInt32());
            Assert.Equal(words.Count, json.RootElement.GetProperty("words").GetInt32());
            Assert.Equal(words.Distinct().Count(), json.RootElement.GetProperty("uniqueWords").GetInt32());
            var top = words.CountBy(word => word).OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Take(10);
            Assert.Equal(
                top.Select(pair => (pair.Key, pair.Value)),
                json.RootElement.GetProperty("top").EnumerateArray().Select(e => (e.GetProperty("word").GetString()!, e.GetProperty("count").GetInt32())));
        }
    }

    [Fact]
    public async Task TextStats_NoText_CountsNothing()
    {
        var module = await PrepareAsync("textstats");

        var outcome = await RunAsync(module, [], "textstats");

        Assert.Contains("\"words\":0", Encoding.UTF8.GetString(outcome.Output.Span), StringComparison.Ordinal);
    }

    // Letters of ASCII in lower case; whatever lies beyond ASCII counts as a letter.
    private static List<string> Words(string text)
    {
        var words = text.Select(c => char.IsAsciiLetter(c) ? char.ToLowerInvariant(c) : c >= 0x80 ? c : ' ');
        return [.. string.Concat(words).Split(' ', StringSplitOptions.RemoveEmptyEntries)];
    }

    private async Task<PreparedModule> PrepareAsync(string sample)
    {
        var wasm = await File.ReadAllBytesAsync(Path.Combine(Samples, sample, $"{sample}.wasm"), SandboxFixture.Token);
        var preparation = await sandbox.Runtime.PrepareAsync(BlobName.Of(wasm), wasm, SandboxFixture.Token);
        if (preparation is not Preparation.Ready ready) Assert.Fail(preparation.ToString());
        return ((Preparation.Ready)preparation).Module;
    }

    private async Task<RunOutcome.Halted> RunAsync(PreparedModule module, byte[] stdin, params string[] arguments)
    {
        var frame = new InputFrame([.. arguments], (ulong)stdin.Length).Encode();
        var outcome = await sandbox.Runtime.RunAsync(new TaskletRun(module, frame, stdin, Limits), SandboxFixture.Token);
        return Assert.IsType<RunOutcome.Halted>(outcome);
    }

    private static string FindSamples()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Market.sln"))) folder = Path.GetDirectoryName(folder)!;
        return Path.Combine(folder, "samples");
    }
}
