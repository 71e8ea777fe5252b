using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Net.Http.Json;
using System.Text.Json;

namespace Market.Chain.Development;

/// <summary>A local chain on 127.0.0.1, for development and tests: Hardhat, or anvil where it has to outlive its own death. It holds play money and published keys.</summary>
/// <param name="Process">The chain's process.</param>
/// <param name="Rpc">Its JSON-RPC endpoint.</param>
/// <param name="ChainId">Its chain id.</param>
public sealed record DevChain(DetachedProcess Process, Uri Rpc, ulong ChainId)
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Starts a chain on a free port and waits until it answers.</summary>
    /// <param name="contracts">The Hardhat project, its npm packages installed.</param>
    /// <param name="log">File for its output.</param>
    /// <param name="chainId">An id unlike other local chains', so that a client never takes one for the other.</param>
    /// <param name="blockTime">Time between blocks; zero mines each transaction at once and the clock stands still in between.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancel">Ends the start.</param>
    /// <exception cref="LaunchException">Packages are missing, or the chain does not answer.</exception>
    public static async Task<DevChain> StartAsync(
        string contracts, string log, ulong chainId, TimeSpan blockTime, TimeProvider time, CancellationToken cancel)
    {
        var node = ChainNode(contracts);
        var port = FreePort();
        var environment = new Dictionary<string, string?>
        {
            ["MARKET_CHAIN_ID"] = chainId.ToString(CultureInfo.InvariantCulture),
            ["MARKET_BLOCK_MS"] = ((long)blockTime.TotalMilliseconds).ToString(CultureInfo.InvariantCulture),
        };
        // Hardhat takes this machine for a container and would listen on every interface, so the host is named.
        string[] arguments =
            [Path.Combine("node_modules", "hardhat", "dist", "src", "cli.js"), "node", "--network", "node", "--hostname", "127.0.0.1", "--port", $"{port}"];
        return await AnswersAsync(DetachedProcess.Start("chain", node, arguments, environment, contracts, log), port, chainId, time, cancel);
    }

    /// <summary>
    /// Starts an anvil chain and waits until it answers. It writes its state down every second and, started again, goes on
    /// from there: what it mined after that is lost, as in a reorganisation.
    /// </summary>
    /// <param name="anvil">The binary, version 1.7.</param>
    /// <param name="state">File of its state; it need not be there yet.</param>
    /// <param name="log">File for its output.</param>
    /// <param name="chainId">Its id.</param>
    /// <param name="port">Where it listens.</param>
    /// <param name="blockTime">Time between blocks, not zero.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancel">Ends the start.</param>
    /// <exception cref="LaunchException">The binary cannot be run, or the chain does not answer.</exception>
    public static async Task<DevChain> StartAnvilAsync(
        string anvil, string state, string log, ulong chainId, int port, TimeSpan blockTime, TimeProvider time, CancellationToken cancel)
    {
        string[] arguments =
            ["--host", "127.0.0.1", "--port", $"{port}", "--chain-id", $"{chainId}", "--block-time", blockTime.TotalSeconds.ToString(CultureInfo.InvariantCulture),
                "--state", state, "--state-interval", "1", "--gas-limit", "60000000", "--hardfork", "cancun"];
        var process = DetachedProcess.Start("chain", anvil, arguments, new Dictionary<string, string?>(), Path.GetDirectoryName(state)!, log);
        return await AnswersAsync(process, port, chainId, time, cancel);
    }

    private static async Task<DevChain> AnswersAsync(DetachedProcess process, int port, ulong chainId, TimeProvider time, CancellationToken cancel)
    {
        var chain = new DevChain(process, new Uri($"http://127.0.0.1:{port}"), chainId);
        try
        {
            await chain.WaitUntilItAnswersAsync(time, cancel);
            return chain;
        }
        catch
        {
            process.Kill();
            throw;
        }
    }

    /// <summary>Deploys the market and returns the deployment file's path.</summary>
    /// <param name="contracts">The Hardhat project.</param>
    /// <param name="deployment">Where the deployment file goes.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="LaunchException">The deployment failed.</exception>
    public async Task<string> DeployAsync(string contracts, string deployment, CancellationToken cancel)
    {
        var start = new ProcessStartInfo(ChainNode(contracts))
        {
            WorkingDirectory = contracts,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in new[] { Path.Combine("scripts", "deploy.ts"), "--rpc", Rpc.ToString(), "--out", deployment }) start.ArgumentList.Add(argument);
        using var deploy = System.Diagnostics.Process.Start(start) ?? throw new LaunchException("the deployment could not be started");
        var output = deploy.StandardOutput.ReadToEndAsync(cancel);
        var error = deploy.StandardError.ReadToEndAsync(cancel);
        await deploy.WaitForExitAsync(cancel);
        if (deploy.ExitCode == 0) return deployment;
        throw new LaunchException($"the contracts could not be deployed (exit {deploy.ExitCode}):\n{await output}{await error}".TrimEnd());
    }

    /// <summary>A TCP port of 127.0.0.1 that was free a moment ago.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string ChainNode(string contracts)
    {
        // Hardhat 3 needs Node 22, which comes with the packages (docs/decisions/0002).
        var node = Path.Combine(contracts, "node_modules", ".bin", "node");
        return File.Exists(node) ? node : throw new LaunchException($"the chain's npm packages are missing: run npm ci in {contracts}");
    }

    private async Task WaitUntilItAnswersAsync(TimeProvider time, CancellationToken cancel)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        var started = time.GetTimestamp();
        while (time.GetElapsedTime(started) < StartLimit)
        {
            if (!Process.IsRunning()) throw new LaunchException($"the chain ended at once:\n{Process.Tail(20)}");
            try
            {
                using var body = JsonContent.Create(JsonDocument.Parse("""{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}""").RootElement);
                using var answer = await http.PostAsync(Rpc, body, cancel);
                var id = (await answer.Content.ReadFromJsonAsync<JsonElement>(cancel)).GetProperty("result").GetString();
                if (id == $"0x{ChainId:x}") return;
                throw new LaunchException($"another chain answers at {Rpc}: {id}");
            }
            catch (Exception e) when (e is HttpRequestException or JsonException || (e is TaskCanceledException && !cancel.IsCancellationRequested))
            {
                await Task.Delay(Pause, time, cancel);
            }
        }

        throw new LaunchException($"the chain did not answer within {StartLimit.TotalSeconds:0} s:\n{Process.Tail(20)}");
    }
}
