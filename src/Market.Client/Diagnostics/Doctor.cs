using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Market.Client.Configuration;
using Market.Client.Development;
using Market.Client.Faults;

namespace Market.Client.Diagnostics;

/// <summary>Looks at everything that the commands need and says what is missing and how to get it. Changes nothing.</summary>
public sealed class Doctor(MarketHome home, TimeProvider time)
{
    // Below this a job's inputs, outputs and the chain's packages may not fit.
    private const long LeastDisk = 1L << 30;
    private const int LeastNode = 20;

    /// <summary>All findings, in the order in which they matter.</summary>
    /// <param name="profile">Profile to check; null: the one in use.</param>
    /// <param name="cancel">Ends the checks.</param>
    public async Task<IReadOnlyList<Finding>> ExamineAsync(string? profile, CancellationToken cancel) =>
    [
        new Finding("runtime", FindingState.Ok, $".NET {Environment.Version}, {Environment.ProcessorCount} cores"),
        await NodeAsync(cancel),
        Packages(),
        Executable("node", "Market.Node", "market-node"),
        Executable("worker", "Market.Worker", "market-worker"),
        await SandboxCheck.ExamineAsync(time, cancel),
        Disk(),
        Wallets(),
        .. await ProfileAsync(profile, cancel),
    ];

    private static async Task<Finding> NodeAsync(CancellationToken cancel)
    {
        const string Fix = "install Node.js 20 or newer, or use a market elsewhere: market profile list";
        try
        {
            using var node = Process.Start(new ProcessStartInfo("node", "--version") { RedirectStandardOutput = true });
            var version = (await node!.StandardOutput.ReadToEndAsync(cancel)).Trim();
            await node.WaitForExitAsync(cancel);
            var parsed = int.TryParse(version.TrimStart('v').Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major);
            return parsed && major >= LeastNode
                ? new Finding("node.js", FindingState.Ok, version)
                : new Finding("node.js", FindingState.Warning, $"{version} is too old for the local chain", Fix);
        }
        catch (Win32Exception)
        {
            return new Finding("node.js", FindingState.Warning, "not found; the local chain needs it", Fix);
        }
    }

    private static Finding Packages()
    {
        try
        {
            var contracts = Checkout.Find().Contracts;
            return File.Exists(Path.Combine(contracts, "node_modules", ".bin", "node"))
                ? new Finding("chain packages", FindingState.Ok, Path.Combine(contracts, "node_modules"))
                : new Finding("chain packages", FindingState.Warning, "not installed; the local chain needs them", $"cd {contracts} && npm ci");
        }
        catch (MarketException e)
        {
            return new Finding("chain packages", FindingState.Warning, e.Fault.Message, e.Fault.Fix);
        }
    }

    private static Finding Executable(string name, string project, string assembly)
    {
        try
        {
            return new Finding(name, FindingState.Ok, Checkout.Executable(project, assembly));
        }
        catch (MarketException e)
        {
            return new Finding(name, FindingState.Broken, e.Fault.Message, e.Fault.Fix);
        }
    }

    private Finding Disk()
    {
        var existing = home.Root;
        while (!Directory.Exists(existing)) existing = Path.GetDirectoryName(existing)!;
        var free = new DriveInfo(existing).AvailableFreeSpace;
        var detail = string.Create(CultureInfo.InvariantCulture, $"{free / (double)(1L << 30):0.0} GiB free for {home.Root}");
        return free >= LeastDisk
            ? new Finding("disk", FindingState.Ok, detail)
            : new Finding("disk", FindingState.Warning, detail, "free some space, or point MARKET_HOME elsewhere");
    }

    private Finding Wallets()
    {
        var count = Directory.Exists(home.Wallets) ? Directory.EnumerateFiles(home.Wallets, "*.json").Count() : 0;
        return count > 0
            ? new Finding("wallets", FindingState.Ok, $"{count} in {home.Wallets}")
            : new Finding("wallets", FindingState.Warning, "none yet", "market wallet new <name>, or market dev up (makes one for the local market)");
    }

    private async Task<IReadOnlyList<Finding>> ProfileAsync(string? name, CancellationToken cancel)
    {
        Profile profile;
        try
        {
            profile = new ProfileStore(home).Read(name);
        }
        catch (MarketException e)
        {
            return [new Finding("profile", FindingState.Warning, e.Fault.Message, e.Fault.Fix)];
        }

        return [new Finding("profile", FindingState.Ok, $"{profile.Name}: chain {profile.ChainId} at {profile.Rpc}"), await RpcAsync(profile, cancel)];
    }

    private static async Task<Finding> RpcAsync(Profile profile, CancellationToken cancel)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            using var body = JsonContent.Create(JsonDocument.Parse("""{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}""").RootElement);
            using var answer = await http.PostAsync(profile.Rpc, body, cancel);
            var id = (await answer.Content.ReadFromJsonAsync<JsonElement>(cancel)).GetProperty("result").GetString();
            return id == $"0x{profile.ChainId:x}"
                ? new Finding("chain", FindingState.Ok, $"answers as {profile.ChainId}")
                : new Finding("chain", FindingState.Broken, $"answers as {id}, the profile expects {profile.ChainId}", "another chain runs there: market dev status, or mend the profile");
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or KeyNotFoundException or InvalidOperationException || (e is TaskCanceledException && !cancel.IsCancellationRequested))
        {
            return new Finding("chain", FindingState.Broken, $"cannot reach {profile.Rpc}: {e.Message}", profile.Local ? "market dev up" : "check the URL: market profile show");
        }
    }
}
