using System.Text.Json;
using Market.EndToEnd.Tests.Harness;
using Market.EndToEnd.Tests.Reference;

namespace Market.EndToEnd.Tests.Jobs;

/// <summary>Jobs on a real chain, real nodes and the real command line: the good path and what goes wrong.</summary>
public sealed class JobTests(LocalMarketFixture local) : IClassFixture<LocalMarketFixture>
{
    [Fact]
    public async Task Fractal_OverThreeNodes_EqualsTheReferenceInEveryPixel_AndPaysThem()
    {
        var (job, output) = (Path.Combine(Checkout.Root, "samples", "fractal", "job.yaml"), local.Folder());

        var run = (await local.Market.RunAsync(["job", "run", job, "--accept", "--yes", "--json", "--out", output])).Exits(0).Json;

        var (width, height, rgb) = PngReader.Read(Path.Combine(output, "fractal.png"));
        Assert.Equal((1024, 1024), (width, height));
        Assert.True(FractalReference.Render(1024, 1024).AsSpan().SequenceEqual(rgb), "the picture differs from the reference");
        var leases = run.GetProperty("leases").EnumerateArray().ToList();
        Assert.Equal(3, leases.Select(l => l.GetProperty("device").GetUInt32()).Distinct().Count());
        Assert.All(leases, l => Assert.NotEqual("0", l.GetProperty("paid").GetProperty("baseUnits").GetString()));
        await local.AssertExactAsync();
    }

    [Fact]
    public async Task TrustedJob_OnNamedDevices_SettlesAtCommit()
    {
        var job = Write("hello", "[alpha, beta, gamma]", "trusted, devices: [d-1, d-2]");

        var run = (await local.Market.RunAsync(["job", "run", job, "--yes", "--json"])).Exits(0).Json;

        Assert.Equal("beta", await File.ReadAllTextAsync(Path.Combine(Path.GetDirectoryName(job)!, "out", "1.txt"), TestContext.Current.CancellationToken));
        Assert.All(run.GetProperty("leases").EnumerateArray(), l => Assert.Contains(l.GetProperty("device").GetUInt32(), new uint[] { 1, 2 }));
        await local.AssertExactAsync();
    }

    [Fact]
    public async Task TaskletThatTraps_IsReported_AndTheOthersAreDelivered()
    {
        var job = Write("trap", "[alpha, x-rays, gamma]");

        var run = (await local.Market.RunAsync(["job", "run", job, "--accept", "--yes", "--json", "--skip-local-run"])).Exits(6).Json;

        var failure = Assert.Single(run.GetProperty("results").GetProperty("failures").EnumerateArray());
        Assert.Equal(1u, failure.GetProperty("tasklet").GetUInt32());
        Assert.False(failure.GetProperty("outOfFuel").GetBoolean());
        Assert.Equal(2, run.GetProperty("results").GetProperty("files").GetArrayLength());
        await local.AssertExactAsync();
    }

    [Fact]
    public async Task TaskletThatLoopsForEver_RunsOutOfFuel()
    {
        var job = Write("loop", "[alpha, looping]");

        var run = (await local.Market.RunAsync(["job", "run", job, "--accept", "--yes", "--json", "--skip-local-run"])).Exits(6).Json;

        var failure = Assert.Single(run.GetProperty("results").GetProperty("failures").EnumerateArray());
        Assert.True(failure.GetProperty("outOfFuel").GetBoolean());
        await local.AssertExactAsync();
    }

    [Fact]
    public async Task NoProviderMatches_SaysWhy()
    {
        var job = Write("huge", "[alpha]", memory: "3GiB");

        var run = (await local.Market.RunAsync(["job", "run", job, "--yes"])).Exits(10);

        Assert.Contains("E2104", run.Error, StringComparison.Ordinal);
        Assert.Contains("memory", run.Error, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task OverTheCeiling_SendsNothing()
    {
        var job = Write("dear", "[alpha]");
        var jobs = (await local.Market.RunAsync(["job", "list", "--json"])).Exits(0).Json.GetProperty("jobs").GetArrayLength();

        var run = (await local.Market.RunAsync(["job", "run", job, "--yes", "--max-spend", "0.000001"])).Exits(3);

        Assert.Contains("E2107", run.Error, StringComparison.Ordinal);
        Assert.Contains("nothing was sent", run.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Equal(jobs, (await local.Market.RunAsync(["job", "list", "--json"])).Exits(0).Json.GetProperty("jobs").GetArrayLength());
    }

    [Fact]
    public async Task InsufficientFunds_SendsNothing()
    {
        var (job, password) = (Write("poor", "[alpha]"), Path.Combine(local.Folder(), "password"));
        await File.WriteAllTextAsync(password, "correct horse", TestContext.Current.CancellationToken);
        var environment = new Dictionary<string, string> { ["MARKET_WALLET_PASSWORD_FILE"] = password };
        (await local.Market.RunAsync(["wallet", "new", "poor"], environment: environment)).Exits(0);

        var run = (await local.Market.RunAsync(["job", "run", job, "--yes", "--wallet", "poor"], environment: environment)).Exits(8);

        Assert.Contains("E2101", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongPassword_ExitsWith4_AndLeavesTheKeystore()
    {
        var (folder, right, wrong) = (local.Folder(), "right", "wrong");
        foreach (var word in new[] { right, wrong }) await File.WriteAllTextAsync(Path.Combine(folder, word), word, TestContext.Current.CancellationToken);
        (await local.Market.RunAsync(["wallet", "new", "locked"], environment: new Dictionary<string, string> { ["MARKET_WALLET_PASSWORD_FILE"] = Path.Combine(folder, right) })).Exits(0);
        (await local.Market.RunAsync(["dev", "faucet", "locked"])).Exits(0);

        var run = (await local.Market.RunAsync(
            ["account", "deposit", "5", "--yes", "--wallet", "locked"], environment: new Dictionary<string, string> { ["MARKET_WALLET_PASSWORD_FILE"] = Path.Combine(folder, wrong) })).Exits(4);

        Assert.Contains("E1103", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnotherChainAtTheEndpoint_IsRefused_BeforeAnythingIsSigned()
    {
        var profiles = Path.Combine(local.Home, "profiles");
        var text = await File.ReadAllTextAsync(Path.Combine(profiles, "local.json"), TestContext.Current.CancellationToken);
        var id = JsonDocument.Parse(text).RootElement.GetProperty("chainId").GetUInt64();
        var deployment = JsonDocument.Parse(text).RootElement.GetProperty("deployment").GetString()!;
        var other = Path.Combine(local.Folder(), "deployment.json");
        await File.WriteAllTextAsync(other, (await File.ReadAllTextAsync(deployment, TestContext.Current.CancellationToken)).Replace($"{id}", $"{id + 1}", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(profiles, "elsewhere.json"), text.Replace($"{id}", $"{id + 1}", StringComparison.Ordinal).Replace(deployment, other, StringComparison.Ordinal).Replace("\"local\"", "\"elsewhere\"", StringComparison.Ordinal), TestContext.Current.CancellationToken);

        var run = (await local.Market.RunAsync(["account", "deposit", "1", "--yes", "--profile", "elsewhere"])).Exits(5);

        Assert.Contains("E1012", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MissingInput_IsRefusedWithPlaceAndCode()
    {
        var folder = local.Folder();
        TestModule.Write(folder);
        var job = Path.Combine(folder, "job.yaml");
        await File.WriteAllTextAsync(job, "version: 1\nname: lost\ntask: { module: task.wasm }\ninputs: { glob: \"books/*.txt\" }\nsla: { deadline: 2m, budget: 1 CRD }\n", TestContext.Current.CancellationToken);

        var run = (await local.Market.RunAsync(["job", "run", job, "--yes"])).Exits(9);

        Assert.Contains("E1230", run.Error, StringComparison.Ordinal);
        Assert.Contains("job.yaml:4:", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhileAllLanesAreTaken_AJobIsQuoted_AndWaitsForThem()
    {
        var first = Write("first", $"[{string.Join(", ", Enumerable.Range(0, 36).Select(i => $"spin-{i}"))}]", fuel: "4G", budget: "10 CRD");
        var second = Write("second", "[alpha, beta]");
        (await local.Market.RunAsync(["job", "run", first, "--yes", "--detach", "--skip-local-run"])).Exits(0);

        var quote = (await local.Market.RunAsync(["job", "quote", second, "--json", "--skip-local-run"])).Exits(0).Json;
        Assert.Equal((0, 3), (quote.GetProperty("placed").GetInt32(), quote.GetProperty("matching").GetInt32()));
        Assert.NotEqual("0", quote.GetProperty("expected").GetProperty("baseUnits").GetString());
        (await local.Market.RunAsync(["job", "run", second, "--yes", "--skip-local-run", "--accept", "--timeout", "2m"])).Exits(0);

        Assert.Equal("beta", await File.ReadAllTextAsync(Path.Combine(Path.GetDirectoryName(second)!, "out", "1.txt"), TestContext.Current.CancellationToken));
        await local.AssertExactAsync();
    }

    [Fact]
    public async Task ConsumerGoneAfterPosting_TheJobEndsAndEveryoneIsPaid()
    {
        var job = Write("gone", "[alpha, beta, gamma, delta]");
        var id = (await local.Market.RunAsync(["job", "run", job, "--yes", "--json", "--detach"])).Exits(0).Json.GetProperty("id").GetString()!;

        // Only looks: no call of the consumer moves the job on.
        var seen = await local.WaitForAsync(id, j => j.GetProperty("tasklets").GetProperty("settled").GetUInt32() == 4);

        Assert.NotEqual("0", seen.GetProperty("paid").GetProperty("baseUnits").GetString());
        (await local.Market.RunAsync(["job", "results", id, "--json"])).Exits(0);
        Assert.Equal("gamma", await File.ReadAllTextAsync(Path.Combine(Path.GetDirectoryName(job)!, "out", "2.txt"), TestContext.Current.CancellationToken));
        await local.AssertExactAsync();
    }

    [Fact]
    public async Task CancelledJob_GivesBackWhatNoDeviceHas_AndPaysTheRest()
    {
        // More than any score lets the devices take at once, and work enough that none is free again before it is cancelled.
        var job = Write("cancel", $"[{string.Join(", ", Enumerable.Range(0, 300).Select(i => $"m-{i}"))}]", deadline: "3m", fuel: "8G", budget: "60 CRD");
        var posted = (await local.Market.RunAsync(["job", "run", job, "--yes", "--json", "--detach"])).Exits(0).Json;
        var id = posted.GetProperty("id").GetString()!;
        Assert.Contains("tasklets", (await local.Market.RunAsync(["job", "explain", id])).Exits(0).Out, StringComparison.Ordinal);
        Assert.Contains("E1108", (await local.Market.RunAsync(["job", "cancel", id])).Exits(3).Error, StringComparison.Ordinal);

        var cancelled = (await local.Market.RunAsync(["job", "cancel", id, "--yes", "--json"])).Exits(0).Json;

        Assert.Equal("cancelled", cancelled.GetProperty("state").GetString());
        Assert.NotEqual("0", cancelled.GetProperty("refund").GetProperty("baseUnits").GetString());
        Assert.Contains("E2303", (await local.Market.RunAsync(["job", "cancel", id, "--yes"])).Exits(2).Error, StringComparison.Ordinal);
        await local.Market.RunAsync(["job", "watch", id, "--keep", "--timeout", "2m"]);
        var trace = (await local.Market.RunAsync(["job", "show", id, "--trace", "--json"])).Exits(0).Json;
        Assert.Equal(posted.GetProperty("offer").GetString()![2..34], trace.GetProperty("traceId").GetString());
        Assert.Equal(trace.GetProperty("gas").GetInt64(), trace.GetProperty("transactions").EnumerateArray().Sum(t => t.GetProperty("gas").GetInt64()));
        var over = await local.WaitForAsync(id, j => j.GetProperty("over").GetBoolean());
        Assert.Equal(over.GetProperty("leases").EnumerateArray().Count(l => l.GetProperty("state").GetString() == "settled"), over.GetProperty("leases").EnumerateArray().Count(l => l.GetProperty("paid").GetProperty("baseUnits").GetString() != "0"));
        await local.AssertExactAsync();
    }

    private string Write(string name, string list, string verification = "optimistic", string memory = "16MiB", string deadline = "5m", string fuel = "100M", string budget = "1 CRD")
    {
        var folder = local.Folder();
        TestModule.Write(folder);
        var job = Path.Combine(folder, "job.yaml");
        File.WriteAllText(job, $$"""
            version: 1
            name: {{name}}
            task: { module: task.wasm }
            inputs: { list: {{list}} }
            output: { dir: out, name: "{index}.txt" }
            limits: { memory: {{memory}}, fuel: {{fuel}}, time: 60s, output: 1MiB }
            sla: { deadline: {{deadline}}, budget: {{budget}}, verification: {{verification}} }

            """);
        return job;
    }
}
