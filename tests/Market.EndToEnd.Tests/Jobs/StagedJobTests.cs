using System.Text;
using System.Text.Json;
using Market.Domain.Jobs;
using Market.EndToEnd.Tests.Harness;
using Market.EndToEnd.Tests.Reference;

namespace Market.EndToEnd.Tests.Jobs;

/// <summary>Jobs of several stages on a real chain and real nodes: what they give is what a plain run gives, byte for byte.</summary>
public sealed class StagedJobTests(LocalMarketFixture local) : IClassFixture<LocalMarketFixture>
{
    private const string Between =
        "  - { id: second, task: { module: task.wasm }, inputs: { from: first, each: true } }\n"
        + "  - { id: pairs, task: { module: task.wasm }, inputs: { from: second, groupBy: 2 } }";

    private static readonly string[] Items = ["alpha", "beta", "gamma", "delta", "epsilon"];

    [Fact]
    public async Task MapEachGroupAndAll_EqualAPlainRun_AndTheRestComesBack()
    {
        var before = await CreditAsync();

        // Nothing says how much fuel a tasklet needs: samples of every stage do.
        var job = Write("");
        var quote = (await local.Market.RunAsync(["job", "quote", job, "--json"])).Exits(0).Json;
        Assert.Equal(["first", "second", "pairs", "all"], quote.GetProperty("stages").EnumerateArray().Select(stage => stage.GetProperty("stage").GetString()));

        var run = (await local.Market.RunAsync(["job", "run", job, "--yes", "--json", "--accept"])).Exits(0).Json;

        Assert.Equal(Units(quote, "escrow"), Units(run, "budget"));

        Assert.Equal(PlainRun(), await File.ReadAllBytesAsync(Path.Combine(Path.GetDirectoryName(job)!, "out", "all.bin"), TestContext.Current.CancellationToken));
        Assert.Equal("finished", run.GetProperty("state").GetString());
        Assert.All(run.GetProperty("stages").EnumerateArray(), stage => Assert.Equal("final", stage.GetProperty("state").GetString()));
        var spent = Units(run, "paid") + Units(run, "tipped");
        Assert.Equal(Units(run, "budget"), spent + Units(run, "returned"));
        Assert.Equal(before - spent, await CreditAsync());
        await local.AssertExactAsync();
        await ViewsTellTheSameAsync(job, run);
    }

    // Every view of a job folds the same events: what one says of tasklets, money and transactions, the others say too.
    private async Task ViewsTellTheSameAsync(string file, JsonElement run)
    {
        var id = run.GetProperty("id").GetString()!;
        Assert.Equal("5,5,3,1", Totals((await local.Market.RunAsync(["job", "graph", file, "--json"])).Exits(0).Json));

        var graph = (await local.Market.RunAsync(["job", "graph", id, "--json"])).Exits(0).Json;
        Assert.Equal("5,5,3,1", Totals(graph));
        Assert.Equal(Units(run, "paid"), graph.GetProperty("stages").EnumerateArray().Sum(stage => Units(stage.GetProperty("money"), "paid")));
        Assert.All(graph.GetProperty("stages").EnumerateArray().SelectMany(stage => stage.GetProperty("cells").EnumerateArray()), run => Assert.Equal("settled", run.GetProperty("state").GetString()));
        Assert.Contains("●  all", (await local.Market.RunAsync(["job", "graph", id])).Exits(0).Out, StringComparison.Ordinal);

        var log = (await local.Market.RunAsync(["job", "logs", id, "--json"])).Exits(0).Json.GetProperty("events").EnumerateArray().ToList();
        Assert.Equal(4, log.Count(e => e.GetProperty("step").GetString() == "opened"));
        var trace = (await local.Market.RunAsync(["job", "show", id, "--trace", "--json"])).Exits(0).Json;
        Assert.Equal(log.Select(e => e.GetProperty("transaction").GetString()).Distinct(), trace.GetProperty("transactions").EnumerateArray().Select(t => t.GetProperty("hash").GetString()));
        Assert.Equal(4, trace.GetProperty("stages").GetArrayLength());

        Assert.StartsWith("Complete: all 4 stages are final", (await local.Market.RunAsync(["job", "explain", id])).Exits(0).Out, StringComparison.Ordinal);
        Assert.Contains("E2303", (await local.Market.RunAsync(["job", "cancel", id, "--yes"])).Exits(2).Error, StringComparison.Ordinal);
        Assert.Contains((await local.Market.RunAsync(["job", "list", "--json"])).Exits(0).Json.GetProperty("jobs").EnumerateArray(), job => job.GetProperty("id").GetString() == id);
    }

    private static string Totals(JsonElement graph) => string.Join(',', graph.GetProperty("stages").EnumerateArray().Select(stage => stage.GetProperty("tasklets").GetInt32()));

    [Fact]
    public async Task JobWhoseConsumerIsGone_IsBroughtToItsEndByTheNodes()
    {
        var job = Write();
        var id = (await local.Market.RunAsync(["job", "run", job, "--yes", "--json", "--detach", "--skip-local-run"])).Exits(0).Json.GetProperty("id").GetString()!;

        var told = (await local.Market.RunAsync(["job", "watch", id, "--json", "--timeout", "3m"])).Exits(0).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        var done = await local.WaitForAsync(id, seen => seen.GetProperty("over").GetBoolean());

        // Each stage went open to final, each lease ended settled, and one line says that it is over.
        foreach (var stage in done.GetProperty("stages").EnumerateArray())
        {
            var mine = told.Where(line => line.TryGetProperty("stage", out var name) && name.GetString() == stage.GetProperty("name").GetString()).ToList();
            Assert.Equal("final", mine.Last(line => !line.TryGetProperty("lease", out _)).GetProperty("state").GetString());
            Assert.Contains(mine, line => line.TryGetProperty("lease", out var lease) && lease.GetProperty("state").GetString() == "settled");
        }

        Assert.True(told[^1].GetProperty("over").GetBoolean());
        Assert.All(told.SkipLast(1), line => Assert.False(line.GetProperty("over").GetBoolean()));
        Assert.Equal("finished", done.GetProperty("state").GetString());
        Assert.Equal(Units(done, "budget"), Units(done, "paid") + Units(done, "tipped") + Units(done, "returned"));
        Assert.NotEqual(0, Units(done, "tipped"));
        (await local.Market.RunAsync(["job", "results", id])).Exits(0);
        Assert.Equal(PlainRun(), await File.ReadAllBytesAsync(Path.Combine(Path.GetDirectoryName(job)!, "out", "all.bin"), TestContext.Current.CancellationToken));
        await local.AssertExactAsync();
    }

    [Fact]
    public async Task Retry_BuysTheTaskletThatFailed_AndWhatReadIt_AndTheWholeVerifies()
    {
        // 'l…' loops until its fuel is gone; what reads it then rests on nothing.
        var job = Write("fuel: 10M, ", "[alpha, looping, gamma]", through: false);
        var (folder, text) = (Path.GetDirectoryName(job)!, await File.ReadAllTextAsync(job, TestContext.Current.CancellationToken));
        var first = (await local.Market.RunAsync(["job", "run", job, "--yes", "--json", "--accept", "--skip-local-run"])).Exits(6).Json;
        var failure = Assert.Single(first.GetProperty("results").GetProperty("upstream").EnumerateArray(), f => f.GetProperty("stage").GetString() == "first");
        Assert.Equal((1u, true), (failure.GetProperty("tasklet").GetUInt32(), failure.GetProperty("outOfFuel").GetBoolean()));
        var id = first.GetProperty("id").GetString()!;
        Assert.Contains("E2305", (await local.Market.RunAsync(["job", "retry", id, "--yes"])).Exits(6).Error, StringComparison.Ordinal);

        await File.WriteAllTextAsync(job, text.Replace("looping", "beta", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        var again = (await local.Market.RunAsync(["job", "retry", id, "--yes", "--json", "--accept"])).Exits(0).Json;

        Assert.True(again.GetProperty("complete").GetBoolean());
        Assert.Contains("E2309", (await local.Market.RunAsync(["job", "results", id])).Exits(2).Error, StringComparison.Ordinal);
        var bought = again.GetProperty("jobs").EnumerateArray().SelectMany(part => part.GetProperty("stages").EnumerateArray()).Select(stage => $"{stage.GetProperty("name").GetString()}:{stage.GetProperty("tasklets").GetUInt32()}");
        Assert.Equal(["first:1", "all:1"], bought);
        Assert.Equal(Frames.Encode(new[] { "alpha", "beta", "gamma" }.Select(item => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(item))), await File.ReadAllBytesAsync(Path.Combine(folder, "out", "all.bin"), TestContext.Current.CancellationToken));
        var verified = (await local.Market.RunAsync(["verify", Path.Combine(folder, "out"), "--inputs", job, "--rerun", "100%", "--json"])).Exits(0).Json;
        Assert.Equal((1, 1, 1), (verified.GetProperty("outputs").GetInt32(), verified.GetProperty("rerun").GetInt32(), verified.GetProperty("leases").GetInt32()));
        await local.AssertExactAsync();
    }

    [Theory]
    [InlineData("text/wordcount.yaml")]
    [InlineData("text/paragraphs.yaml")]
    [InlineData("text/diamond.yaml")]
    [InlineData("picture/job.yaml")]
    [InlineData("life/job.yaml")]
    public async Task Sample_OnTheMarket_GivesWhatARunOnThisMachineAloneGives(string sample)
    {
        var job = Path.Combine(Checkout.Root, "samples", sample);
        var (here, there) = (local.Folder(), local.Folder());

        (await local.Market.RunAsync(["job", "run", job, "--here", "--out", here])).Exits(0);
        (await local.Market.RunAsync(["job", "run", job, "--yes", "--json", "--accept", "--out", there])).Exits(0);

        var names = Directory.EnumerateFiles(here).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal).ToArray();
        Assert.NotEmpty(names);
        Assert.Equal(names, Directory.EnumerateFiles(there).Select(file => Path.GetFileName(file)).Where(name => name != "receipts.json").Order(StringComparer.Ordinal));
        foreach (var name in names)
        {
            var expected = await File.ReadAllBytesAsync(Path.Combine(here, name), TestContext.Current.CancellationToken);
            Assert.Equal(expected, await File.ReadAllBytesAsync(Path.Combine(there, name), TestContext.Current.CancellationToken));
        }

        if (sample != "picture/job.yaml") return;
        var (width, height, rgb) = PngReader.Read(Path.Combine(there, "fractal.png"));
        Assert.Equal((1024, 1024), (width, height));
        Assert.True(FractalReference.Render(1024, 1024).AsSpan().SequenceEqual(rgb), "the picture differs from the reference");
    }

    [Fact]
    public async Task SampleProgram_OnTheMarket_PrintsWhatItPrintsOnThisMachineAlone()
    {
        var build = Path.GetFileName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var program = Path.Combine(Checkout.Root, "artifacts", "bin", "Market.Samples.WordCount", build, "Market.Samples.WordCount");
        var texts = Path.Combine(Checkout.Root, "samples", "text", "texts");

        var here = (await local.Market.RunInBashAsync($"'{program}' '{texts}' --here")).Exits(0);
        var there = (await local.Market.RunInBashAsync($"'{program}' '{texts}'")).Exits(0);

        Assert.NotEmpty(here.Out);
        Assert.Equal(here.Out, there.Out);
        Assert.Contains("finished: 3 stages, no money paid", here.Error, StringComparison.Ordinal);
        Assert.Contains("finished: 3 stages, 0.", there.Error, StringComparison.Ordinal);
        await local.AssertExactAsync();
    }

    // The program gives back what it reads.
    private static byte[] PlainRun()
    {
        var outputs = Items.Select(item => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(item)).ToArray();
        var pairs = outputs.Chunk(2).Select(pair => (ReadOnlyMemory<byte>)Frames.Encode(pair));
        return Frames.Encode(pairs);
    }

    private string Write(string fuel = "fuel: 100M, ", string? list = null, bool through = true)
    {
        var folder = local.Folder();
        TestModule.Write(folder);
        var job = Path.Combine(folder, "job.yaml");
        File.WriteAllText(job, $$"""
            version: 1
            name: staged
            inputs: { list: {{list ?? $"[{string.Join(", ", Items)}]"}} }
            limits: { memory: 16MiB, {{fuel}}time: 30s, output: 1MiB }
            stages:
              - { id: first, task: { module: task.wasm } }
            {{(through ? Between : "")}}
              - { id: all, task: { module: task.wasm }, inputs: { from: {{(through ? "pairs" : "first")}}, group: all } }
            output: { from: all, dir: out, name: "all.bin" }
            sla: { deadline: 5m, budget: 5 CRD, verification: optimistic }

            """);
        return job;
    }

    private async Task<long> CreditAsync() =>
        long.Parse((await local.Market.RunAsync(["account", "show", "--json"])).Exits(0).Json.GetProperty("credit").GetProperty("baseUnits").GetString()!, System.Globalization.CultureInfo.InvariantCulture);

    private static long Units(JsonElement job, string name) =>
        long.Parse(job.GetProperty(name).GetProperty("baseUnits").GetString()!, System.Globalization.CultureInfo.InvariantCulture);
}
