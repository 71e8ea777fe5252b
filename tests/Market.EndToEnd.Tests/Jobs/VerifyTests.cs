using System.Text.Json;
using System.Text.Json.Nodes;
using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Jobs;

/// <summary>Results checked by a stranger: another home, no profile, no wallet, only the folder and an endpoint of the chain.</summary>
public sealed class VerifyTests(LocalMarketFixture local) : IClassFixture<LocalMarketFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AStranger_VerifiesHonestResults_AndCatchesEveryLie()
    {
        var (job, results) = await RunAsync();
        var rpc = await RpcAsync();
        var stranger = new MarketProcess(Directory.CreateDirectory(Path.Combine(local.Folder(), "stranger")).FullName);

        var honest = (await stranger.RunAsync(["verify", results, "--rpc", rpc, "--inputs", job, "--rerun", "50%", "--seed", "7", "--json"])).Exits(0).Json;

        Assert.True(honest.GetProperty("holds").GetBoolean());
        Assert.Equal(3, honest.GetProperty("receipts").GetInt32());
        Assert.Equal(3, honest.GetProperty("outputs").GetInt32());
        Assert.Equal(3, honest.GetProperty("inputs").GetInt32());
        Assert.Equal(2, honest.GetProperty("rerun").GetInt32());
        Assert.True(honest.GetProperty("leases").GetInt32() > 0);
        Assert.Equal(0, honest.GetProperty("uncovered").GetArrayLength());

        // What only the chain can tell: who, at which price, in which attempt, in which transaction, for how much, how sure.
        foreach (var (member, lie) in new (string, JsonNode)[]
        {
            ("leasePaid", "1"), ("state", "final"), ("commitTransaction", "0x" + new string('7', 64)), ("lease.unitPrice", "1"), ("lease.attempt", 3), ("lease.device", 2_000), ("chainId", "1"),
        })
        {
            await LieAsync(stranger, results, member, lie, ["--rpc", rpc]);
        }

        var output = Path.Combine(results, "1.txt");
        var text = await File.ReadAllTextAsync(output, Cancel);
        await File.WriteAllTextAsync(output, "Beta", Cancel);
        await AssertCaughtAsync(stranger, [results, "--offline"], "output");
        await File.WriteAllTextAsync(output, text, Cancel);

        var file = await File.ReadAllTextAsync(job, Cancel);
        await File.WriteAllTextAsync(job, file.Replace("gamma", "gamme", StringComparison.Ordinal), Cancel);
        await AssertCaughtAsync(stranger, [results, "--offline", "--inputs", job], "input");
    }

    [Fact]
    public async Task Verify_WithoutReceipts_OrWithoutAChain_SaysWhatToDo()
    {
        var stranger = new MarketProcess(local.Folder());

        Assert.Contains("E3103", (await stranger.RunAsync(["verify", local.Folder()])).Exits(11).Error, StringComparison.Ordinal);

        var (_, results) = await RunAsync();
        Assert.Contains("E1110", (await stranger.RunAsync(["verify", results])).Exits(2).Error, StringComparison.Ordinal);
        Assert.Contains("E1010", (await stranger.RunAsync(["verify", results, "--rpc", "http://127.0.0.1:1"])).Exits(5).Error, StringComparison.Ordinal);
    }

    private async Task<(string Job, string Results)> RunAsync()
    {
        var folder = local.Folder();
        TestModule.Write(folder);
        var job = Path.Combine(folder, "job.yaml");
        await File.WriteAllTextAsync(
            job,
            """
            version: 1
            name: checked
            task: { module: task.wasm }
            inputs: { list: [alpha, beta, gamma] }
            output: { dir: out, name: "{index}.txt" }
            limits: { memory: 16MiB, fuel: 100M, time: 20s, output: 1MiB }
            sla: { deadline: 5m, budget: 1 CRD, verification: optimistic }

            """,
            Cancel);
        (await local.Market.RunAsync(["job", "run", job, "--accept", "--yes", "--json"])).Exits(0);
        return (job, Path.Combine(folder, "out"));
    }

    private async Task<string> RpcAsync() =>
        JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(local.Home, "profiles", "local.json"), Cancel)).RootElement.GetProperty("rpc").GetString()!;

    private static async Task LieAsync(MarketProcess stranger, string results, string member, JsonNode lie, string[] options)
    {
        var path = Path.Combine(results, "receipts.json");
        var honest = await File.ReadAllTextAsync(path, Cancel);
        var file = JsonNode.Parse(honest)!;
        var at = file["receipts"]![1]!;
        foreach (var step in member.Split('.')[..^1]) at = at[step]!;
        var before = at[member.Split('.')[^1]];
        Assert.NotNull(before);
        at[member.Split('.')[^1]] = lie;
        await File.WriteAllTextAsync(path, file.ToJsonString(), Cancel);

        (await stranger.RunAsync(["verify", results, .. options])).Exits(11);

        await File.WriteAllTextAsync(path, honest, Cancel);
    }

    private static async Task AssertCaughtAsync(MarketProcess stranger, string[] arguments, string kind)
    {
        var run = (await stranger.RunAsync(["verify", .. arguments, "--json"])).Exits(11).Json;
        Assert.Contains(run.GetProperty("faults").EnumerateArray(), fault => fault.GetProperty("kind").GetString() == kind);
    }
}
