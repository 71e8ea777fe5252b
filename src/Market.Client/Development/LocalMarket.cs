using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Market.Chain;
using Market.Chain.Deployments;
using Market.Chain.Development;
using Market.Client.Configuration;
using Market.Client.Development.Wiring;
using Market.Client.Faults;
using Market.Client.Providers;
using Market.Client.Wallets;
using Market.Domain.Money;
using Market.Ethereum.Keystore;
using Market.Ethereum.Signing;

namespace Market.Client.Development;

/// <summary>A whole market on this machine: chain, contracts, funded wallets, staked nodes. Play money, published chain keys.</summary>
public sealed class LocalMarket(MarketHome home, TimeProvider time)
{
    /// <summary>Name of the profile that a local market writes.</summary>
    public const string ProfileName = "local";

    /// <summary>Name of the funded consumer's wallet.</summary>
    public const string ConsumerWallet = "local";

    private const string Consumer = "consumer";

    /// <summary>Name of the funded challenger's wallet, where there is one.</summary>
    public const string ChallengerWallet = "local-challenger";

    /// <summary>Names what the tests' faulty node lies about.</summary>
    public const string LieVariable = "MARKET_LIE";

    // Bonds are one token here; what is deposited makes the account known to devices and pays for demands.
    private const int ChallengerFunds = 40;

    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly WalletStore _wallets = new(home);
    private readonly List<DetachedProcess> _started = [];

    /// <summary>Starts everything and waits until all nodes bid. What was started is stopped again if anything fails.</summary>
    /// <param name="options">How big it is.</param>
    /// <param name="progress">Told of each step, in words for people.</param>
    /// <param name="cancel">Stops the start.</param>
    /// <exception cref="MarketException">A local market runs already, a process did not start, or the nodes did not get ready.</exception>
    public async Task<LocalMarketFile> UpAsync(LocalMarketOptions options, IProgress<string> progress, CancellationToken cancel)
    {
        if (LocalMarketFile.Read(home) is { } before)
        {
            if (before.Chain.IsRunning()) throw new MarketException("E1008", ExitCode.Usage, $"A local market runs already: chain {before.ChainId} at {before.Rpc}.", "market dev status, or market dev down");
            await StopAsync(before, cancel);
        }

        var checkout = Checkout.Find();
        Clear(home.Dev);
        MarketHome.CreatePrivate(home.Root);
        MarketHome.CreatePrivate(home.Dev);
        try
        {
            return await StartAsync(checkout, options, progress, cancel);
        }
        catch (Exception e)
        {
            foreach (var process in _started) process.Kill();
            LocalMarketFile.Delete(home);
            if (e is LaunchException) throw new MarketException("E1005", ExitCode.Internal, e.Message, "market doctor", e);
            throw;
        }
    }

    /// <summary>Stops what was started, nodes before the chain, and forgets it. Wallets and job records stay.</summary>
    /// <returns>Names of processes that had to be ended by force.</returns>
    public async Task<IReadOnlyList<string>> DownAsync(CancellationToken cancel)
    {
        var market = LocalMarketFile.Read(home) ?? throw new MarketException("E1009", ExitCode.Usage, "No local market was started.", "market dev up");
        return await StopAsync(market, cancel);
    }

    private async Task<LocalMarketFile> StartAsync(Checkout checkout, LocalMarketOptions options, IProgress<string> progress, CancellationToken cancel)
    {
        // An id that other local chains are unlikely to carry, so that neither side takes one for the other.
        var chainId = (ulong)RandomNumberGenerator.GetInt32(100_000, 999_999_999);
        var wallets = WalletsAsync(options.Nodes, cancel);
        var started = time.GetTimestamp();
        var chain = options.Anvil is { } anvil
            ? await DevChain.StartAnvilAsync(Path.GetFullPath(anvil), ChainState, LogOf("chain"), chainId, DevChain.FreePort(), options.BlockTime, time, cancel)
            : await DevChain.StartAsync(checkout.Contracts, LogOf("chain"), chainId, options.BlockTime, time, cancel);
        _started.Add(chain.Process);
        progress.Report($"chain {chainId} on {chain.Rpc} ({Seconds(started)})");

        started = time.GetTimestamp();
        var deployment = await chain.DeployAsync(checkout.Contracts, Path.Combine(home.Dev, "deployment.json"), cancel);
        var profiles = new ProfileStore(home);
        var switchboard = options.Switchboard ? LayLines(chain.Rpc.Port, options.Nodes) : null;
        profiles.Write(new Profile(ProfileName, RpcOf(chain.Rpc, switchboard, Consumer), chainId, deployment, Local: true));
        profiles.Use(ProfileName);
        if (switchboard is not null)
        {
            for (var i = 0; i < options.Nodes; i++) profiles.Write(new Profile(ProfileOf(i), RpcOf(chain.Rpc, switchboard, NameOf(i)), chainId, deployment, Local: true));
        }

        progress.Report($"contracts deployed ({Seconds(started)})");

        started = time.GetTimestamp();
        using var connection = await MarketConnection.OpenAsync(chain.Rpc, await Deployment.ReadAsync(deployment, cancel), time, cancel);
        var (consumer, owners, operators, passwordFile) = await wallets;
        if (_wallets.Current() is null) _wallets.Use(ConsumerWallet);
        var one = (await connection.Token.AssetAsync(cancel)).One;
        var faucet = new Faucet(connection, time);
        await faucet.GiveAsync([consumer.Address], new Amount(one * (UInt128)options.ConsumerFunds), cancel);
        await faucet.GiveAsync([.. owners.Select(o => o.Address)], new Amount(one * (UInt128)options.Stake), cancel);
        await faucet.GiveAsync([.. operators.Select(o => o.Address)], default, cancel);

        await DepositAsync(connection, consumer, new Amount(one * (UInt128)options.ConsumerFunds), cancel);
        if (options.Challenger)
        {
            var challenger = await OpenWalletAsync(ChallengerWallet, (await WalletPassword.FromFileAsync(passwordFile, cancel))!, cancel);
            await faucet.GiveAsync([challenger.Address], new Amount(one * ChallengerFunds), cancel);
            await DepositAsync(connection, challenger, new Amount(one * (ChallengerFunds / 2)), cancel);
        }

        var stake = new Amount(one * (UInt128)options.Stake);
        var configs = Enumerable.Range(0, options.Nodes).Select(i => Configure(i, options, passwordFile, switchboard)).ToList();
        await Task.WhenAll(configs.Select((c, i) => new ProviderStake(connection)
            .StakeAsync(owners[i], operators[i].Address, c.Config.Listen.PublicUrl ?? $"https://{c.Config.Listen.Api}", stake, cancel)));
        progress.Report($"{options.Nodes} devices registered, {options.Stake} staked each ({Seconds(started)})");

        started = time.GetTimestamp();
        var board = switchboard is null ? null : StartSwitchboard(switchboard, configs.Select(c => c.Config));
        var market = new LocalMarketFile(chain.Rpc, chainId, ProfileName, ConsumerWallet, passwordFile, chain.Process, [.. configs.Select((c, i) => StartNode(c.File, c.Config, i < options.Lies.Count ? new Dictionary<string, string?> { [LieVariable] = options.Lies[i] } : null))], board, options.Anvil is null ? null : Path.GetFullPath(options.Anvil), options.BlockTime);
        market.Write(home);
        await WaitUntilReadyAsync(market, options.ReadyLimit, cancel);
        var attested = options.AttestationLevel > 0 ? "benchmarked by one another, " : "";
        progress.Report($"{options.Nodes} nodes up, {attested}bidding ({Seconds(started)})");
        return market;
    }

    /// <summary>Starts (again) the node whose file is <paramref name="file"/>; the tests' faulty one if the environment names a lie.</summary>
    public LocalNode StartNode(string file, ProviderConfig config, IReadOnlyDictionary<string, string?>? more = null)
    {
        var environment = new Dictionary<string, string?>(more ?? new Dictionary<string, string?>()) { [MarketHome.Variable] = home.Root };
        var process = DetachedProcess.Start(
            config.Name, environment.ContainsKey(LieVariable) ? Checkout.Executable("Market.FaultyNode", "Market.FaultyNode") : Checkout.Executable("Market.Node", "market-node"), ["--config", file], environment, Path.GetDirectoryName(file)!, LogOf(config.Name));
        _started.Add(process);
        return new LocalNode(config.Name, file, new Uri($"http://{config.Listen.Health}"), process);
    }

    /// <summary>Ends a node at once (SIGKILL); its workers have to see to themselves.</summary>
    public async Task KillNodeAsync(string name, CancellationToken cancel) => await NodeOf(name).Process.KillAsync(cancel);

    /// <summary>Ends a node's workers in the middle of whatever they run. How many there were.</summary>
    public int KillWorkers(string name) => NodeOf(name).Process.KillChildren();

    /// <summary>Starts a node that has ended, on the data that it left.</summary>
    /// <param name="name">The node.</param>
    /// <param name="environment">Variables of its own.</param>
    public void StartNodeAgain(string name, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var node = NodeOf(name);
        if (node.Process.IsRunning()) return;
        var started = StartNode(node.Config, ProviderConfigFile.Read(node.Config), environment);
        var market = LocalMarketFile.Read(home)!;
        (market with { Nodes = [.. market.Nodes.Select(n => n.Name == name ? started : n)] }).Write(home);
    }

    /// <summary>Ends the chain at once (SIGKILL). Only one that was started as anvil can go on.</summary>
    public async Task KillChainAsync(CancellationToken cancel)
    {
        var market = LocalMarketFile.Read(home);
        if (market?.Anvil is null) throw new MarketException("E1009", ExitCode.Usage, "No local market with a chain that keeps its state was started.", "market dev up --anvil PATH");

        // A death in the middle of writing leaves half a file; then the chain goes on from this copy, which must not be half a file itself.
        var before = ChainState + ".before";
        for (File.Copy(ChainState, before, overwrite: true); !IsWhole(before); File.Copy(ChainState, before, overwrite: true)) await Task.Delay(Pause, time, cancel);
        await market.Chain.KillAsync(cancel);
        if (!IsWhole(ChainState)) File.Copy(before, ChainState, overwrite: true);
    }

    /// <summary>Starts the chain that was killed, on what it wrote down.</summary>
    public async Task StartChainAgainAsync(CancellationToken cancel)
    {
        if (LocalMarketFile.Read(home) is not { Anvil: { } anvil } market || market.Chain.IsRunning()) return;
        var chain = await DevChain.StartAnvilAsync(anvil, ChainState, LogOf("chain"), market.ChainId, market.Rpc.Port, market.BlockTime, time, cancel);
        (market with { Chain = chain.Process }).Write(home);
    }

    private string ChainState => Path.Combine(home.Dev, "chain-state.json");

    private static bool IsWhole(string json)
    {
        try
        {
            using var file = File.OpenRead(json);
            using var document = JsonDocument.Parse(file);
            return true;
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return false;
        }
    }

    /// <summary>Ends the switchboard at once (SIGKILL): every connection of the market breaks, the chain's among them.</summary>
    public async Task KillSwitchboardAsync(CancellationToken cancel)
    {
        if (LocalMarketFile.Read(home)?.Switchboard is { } board) await board.KillAsync(cancel);
    }

    /// <summary>Starts the switchboard that was killed, with its lines.</summary>
    public void StartSwitchboardAgain()
    {
        if (LocalMarketFile.Read(home) is { Switchboard: { } board } market && !board.IsRunning()) (market with { Switchboard = StartSwitchboard() }).Write(home);
    }

    private LocalNode NodeOf(string name) => (LocalMarketFile.Read(home)?.Nodes ?? []).FirstOrDefault(n => n.Name == name)
        ?? throw new MarketException("E1009", ExitCode.Usage, $"No local market with a node {name} was started.", "market dev up");

    /// <summary>Name of the line by which <paramref name="who"/>, a node or the consumer, reaches the chain.</summary>
    public static string ChainLine(string who) => $"chain/{who}";

    // The consumer's and each node's way to the chain; the ways to the nodes are added when their ports are known.
    private static Dictionary<string, Line> LayLines(int chain, int nodes) => Enumerable.Range(0, nodes).Select(NameOf).Append(Consumer)
        .Select(who => new Line(ChainLine(who), DevChain.FreePort(), chain)).ToDictionary(line => line.Name);

    private static Uri RpcOf(Uri chain, Dictionary<string, Line>? lines, string who) =>
        lines is null ? chain : new UriBuilder(chain) { Port = lines[ChainLine(who)].Port }.Uri;

    private DetachedProcess StartSwitchboard(Dictionary<string, Line> lines, IEnumerable<ProviderConfig> nodes)
    {
        var peers = nodes.Select(n => new Line($"peers/{n.Name}", new Uri(n.Listen.PublicUrl!).Port, int.Parse(n.Listen.Api.Split(':')[1], CultureInfo.InvariantCulture)));
        new SwitchboardFiles(home.Dev).Write([.. lines.Values, .. peers]);
        return StartSwitchboard();
    }

    private DetachedProcess StartSwitchboard()
    {
        var environment = new Dictionary<string, string?> { [MarketHome.Variable] = home.Root };
        var process = DetachedProcess.Start("switchboard", Checkout.Executable("Market.Cli", "market"), ["dev", "switchboard"], environment, home.Dev, LogOf("switchboard"));
        _started.Add(process);
        return process;
    }

    /// <summary>Waits until every node says that it is ready: chain in sight, attested, bidding.</summary>
    /// <exception cref="MarketException">A node ended or is not ready in time; the message says why.</exception>
    public async Task WaitUntilReadyAsync(LocalMarketFile market, TimeSpan limit, CancellationToken cancel)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        var started = time.GetTimestamp();
        foreach (var node in market.Nodes)
        {
            var reason = "it does not answer";
            while (true)
            {
                if (!node.Process.IsRunning()) throw new MarketException("E1017", ExitCode.Internal, $"{node.Name} ended:\n{node.Process.Tail(15)}", $"see {node.Process.Log}");
                try
                {
                    using var answer = await http.GetAsync(new Uri(node.Health, "/healthz/ready"), cancel);
                    if (answer.IsSuccessStatusCode) break;
                    reason = (await answer.Content.ReadAsStringAsync(cancel)).Trim();
                }
                catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !cancel.IsCancellationRequested))
                {
                    // Not listening yet.
                }

                if (time.GetElapsedTime(started) > limit) throw new MarketException("E1018", ExitCode.TimedOut, $"{node.Name} is not ready: {reason}", $"see {node.Process.Log}");
                await Task.Delay(Pause, time, cancel);
            }
        }
    }

    private async Task<IReadOnlyList<string>> StopAsync(LocalMarketFile market, CancellationToken cancel)
    {
        var stops = market.Nodes.Select(async node => (node.Name, Clean: await node.Process.StopAsync(StopGrace, time, cancel)));
        var nodes = await Task.WhenAll(stops);
        var board = market.Switchboard is null || await market.Switchboard.StopAsync(StopGrace, time, cancel);
        var chain = await market.Chain.StopAsync(StopGrace, time, cancel);
        LocalMarketFile.Delete(home);
        return [.. nodes.Append(("switchboard", board)).Append(("chain", chain)).Where(p => !p.Item2).Select(p => p.Item1)];
    }

    private static async Task DepositAsync(MarketConnection market, EthereumKey consumer, Amount amount, CancellationToken cancel)
    {
        using var sender = market.Sender(consumer);
        (await market.Token.ApproveAsync(sender, market.Deployment.Market, amount, cancel)).Require();
        (await market.As(sender).DepositAsync(amount, cancel)).Require();
    }

    // Made once and kept: a wallet is never overwritten or deleted, not even a local market's.
    private async Task<(EthereumKey Consumer, EthereumKey[] Owners, EthereumKey[] Operators, string PasswordFile)> WalletsAsync(int nodes, CancellationToken cancel)
    {
        var passwordFile = PasswordFile(home);
        if (!File.Exists(passwordFile))
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            await using var file = new FileStream(passwordFile, options);
            await file.WriteAsync(System.Text.Encoding.ASCII.GetBytes(Convert.ToHexString(RandomNumberGenerator.GetBytes(16))), cancel);
        }

        var password = (await WalletPassword.FromFileAsync(passwordFile, cancel))!;
        Task<EthereumKey> OpenAsync(string name) => OpenWalletAsync(name, password, cancel);

        var consumer = await OpenAsync(ConsumerWallet);
        var owners = new EthereumKey[nodes];
        var operators = new EthereumKey[nodes];
        for (var i = 0; i < nodes; i++)
        {
            owners[i] = await OpenAsync(OwnerOf(i));
            operators[i] = await OpenAsync(OperatorOf(i));
        }

        return (consumer, owners, operators, passwordFile);
    }

    private async Task<EthereumKey> OpenWalletAsync(string name, string password, CancellationToken cancel)
    {
        if (_wallets.List().Any(w => w.Name == name)) return await _wallets.UnlockAsync(name, password, cancel);
        // Light scrypt: the password beside the file guards nothing but habit.
        using var random = RandomNumberGenerator.Create();
        var key = EthereumKey.Generate(random);
        await _wallets.AddAsync(name, key, password, ScryptCost.Light, random, cancel);
        return key;
    }

    private (string File, ProviderConfig Config) Configure(int i, LocalMarketOptions options, string passwordFile, Dictionary<string, Line>? lines)
    {
        var name = NameOf(i);
        var folder = Path.Combine(home.Dev, name);
        MarketHome.CreatePrivate(folder);
        var config = new ProviderConfig
        {
            Name = name,
            Profile = lines is null ? ProfileName : ProfileOf(i),
            Keys = new ProviderKeys { Owner = OwnerOf(i), Operator = OperatorOf(i), PasswordFile = passwordFile },
            Resources = new ProviderResources { Slots = options.Slots, MemoryPerTaskletMiB = 256, DiskMiB = options.DiskMiB },
            Pricing = new ProviderPricing { Price = LocalMarketOptions.PriceOf(i).ToString(CultureInfo.InvariantCulture) },
            Serves = new ProviderServes { AttestationLevel = options.AttestationLevel },
            Listen = new ProviderListen { Api = $"127.0.0.1:{DevChain.FreePort()}", PublicUrl = lines is null ? null : $"https://127.0.0.1:{DevChain.FreePort()}", Health = $"127.0.0.1:{DevChain.FreePort()}" },
        };
        var file = Path.Combine(folder, "provider.yaml");
        ProviderConfigFile.Write(file, config);
        return (file, config);
    }

    /// <summary>The password of a local market's own wallet; null for any other wallet or profile.</summary>
    public static async Task<string?> PasswordOfAsync(MarketHome home, Profile profile, string wallet, CancellationToken cancel) =>
        profile.Local && (wallet == ConsumerWallet || wallet.StartsWith(ConsumerWallet + "-", StringComparison.Ordinal)) && File.Exists(PasswordFile(home))
            ? await WalletPassword.FromFileAsync(PasswordFile(home), cancel)
            : null;

    private static string PasswordFile(MarketHome home) => Path.Combine(home.Root, "local-password");

    private static string ProfileOf(int i) => $"{ProfileName}-{NameOf(i)}";

    private static string NameOf(int i) => $"node-{i + 1}";

    private static string OwnerOf(int i) => $"local-{NameOf(i)}-owner";

    private static string OperatorOf(int i) => $"local-{NameOf(i)}-operator";

    private string LogOf(string name) => Path.Combine(home.Dev, name + ".log");

    private string Seconds(long started) => string.Create(CultureInfo.InvariantCulture, $"{time.GetElapsedTime(started).TotalSeconds:0.0} s");

    private static void Clear(string directory)
    {
        if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
    }
}
