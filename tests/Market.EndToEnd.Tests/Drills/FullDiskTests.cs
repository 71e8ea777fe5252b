using System.Diagnostics;
using System.Text.Json;
using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Drills;

/// <summary>A device whose disk fills up.</summary>
[Collection(DrillMarket.Name)]
public sealed class FullDiskTests(LocalMarketFixture local)
{
    private static readonly HttpClient Http = new();

    [Fact]
    public async Task DiskFillsUp_TheBidIsWithdrawn_UntilThereIsRoom()
    {
        Assert.SkipUnless(await CanMountAsync(), "this machine lets no user mount a file system of its own (unshare -rm)");
        var folder = local.Folder();
        var (config, password) = (Path.Combine(folder, "provider.yaml"), Path.Combine(folder, "password"));
        await File.WriteAllTextAsync(password, "a long enough password", TestContext.Current.CancellationToken);
        var environment = new Dictionary<string, string> { ["MARKET_WALLET_PASSWORD_FILE"] = password };
        Task<CommandRun> RunAsync(params string[] arguments) => local.Market.RunAsync(arguments, environment: environment);
        (await RunAsync("provider", "init", "--config", config, "--name", "small", "--attestation", "0", "--slots", "1", "--price", "0.001")).Exits(0);
        foreach (var wallet in new[] { "small-owner", "small-operator" }) (await RunAsync("dev", "faucet", wallet, "200")).Exits(0);
        (await RunAsync("provider", "stake", "150", "--config", config, "--yes")).Exits(0);
        var text = await File.ReadAllTextAsync(config, TestContext.Current.CancellationToken);
        var status = new Uri($"http://{text.Split("health: ")[1].Split('\n')[0].Trim()}/status");

        using var node = StartOnSmallDisk(folder, config, password);
        try
        {
            await LocalMarketFixture.UntilAsync(async () => await StatusAsync(status) is { } s && s.GetProperty("ready").GetBoolean(), "the device");
            var filler = Path.Combine(Disk(node, folder), "filler");
            await using (var file = File.Create(filler))
            {
                await file.WriteAsync(new byte[(int)(new DriveInfo(Disk(node, folder)).AvailableFreeSpace - (20 << 20))], TestContext.Current.CancellationToken);
            }

            await LocalMarketFixture.UntilAsync(async () => await StatusAsync(status) is { } s && s.GetProperty("bid").GetString()!.Contains("disk", StringComparison.Ordinal), "the bid to go");
            Assert.Contains((await StatusAsync(status))!.Value.GetProperty("notReadyBecause").EnumerateArray(), r => r.GetString()!.Contains("disk", StringComparison.Ordinal));

            File.Delete(filler);
            await LocalMarketFixture.UntilAsync(async () => await StatusAsync(status) is { } s && s.GetProperty("ready").GetBoolean(), "the device again");
        }
        finally
        {
            await Victims.SignalAsync(node.Id, "TERM");
            await node.WaitForExitAsync(CancellationToken.None);
        }

        await local.AssertExactAsync();
    }

    // In a user namespace of its own, so that nobody needs to be root: a disk that is hardly larger than what a device needs.
    private Process StartOnSmallDisk(string folder, string config, string password)
    {
        Directory.CreateDirectory(Path.Combine(folder, "data"));
        var node = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var executable = Path.Combine(node.Parent!.Parent!.FullName, "Market.Node", node.Name, "market-node");
        var start = new ProcessStartInfo("unshare")
        {
            ArgumentList = { "-rm", "/bin/sh", "-c", "mount -t tmpfs -o size=160m,mode=700 small data && exec \"$0\" --config \"$1\" > node.log 2>&1", executable, config },
            WorkingDirectory = folder,
        };
        start.Environment["MARKET_HOME"] = local.Home;
        start.Environment["MARKET_WALLET_PASSWORD_FILE"] = password;
        return Process.Start(start)!;
    }

    private static async Task<bool> CanMountAsync()
    {
        try
        {
            using var probe = Process.Start(new ProcessStartInfo("unshare") { ArgumentList = { "-rm", "mount", "-t", "tmpfs", "probe", "/mnt" }, RedirectStandardError = true })!;
            await probe.WaitForExitAsync(TestContext.Current.CancellationToken);
            return probe.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    // The node's disk is seen by way of its process: nobody else has it mounted.
    private static string Disk(Process node, string folder) => $"/proc/{node.Id}/root{Path.Combine(folder, "data")}";

    private static async Task<JsonElement?> StatusAsync(Uri status)
    {
        try
        {
            return JsonDocument.Parse(await Http.GetStringAsync(status, TestContext.Current.CancellationToken)).RootElement;
        }
        catch (HttpRequestException)
        {
            // It is not up yet.
            return null;
        }
    }
}
