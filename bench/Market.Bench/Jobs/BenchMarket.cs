using System.Diagnostics;
using System.Globalization;
using Market.Client;
using Market.Client.Configuration;
using Market.Client.Development;
using Market.Client.JobFiles;
using Market.Client.Jobs;
using Market.Client.Providers;
using Market.Client.Wallets;
using Market.Domain.Identity;
using Market.Ethereum.Signing;
using Market.Transport.Peers;
using Market.Transport.Serving;

namespace Market.Bench.Jobs;

/// <summary>A local market as <c>market dev up</c> starts it, and a consumer on it.</summary>
internal sealed class BenchMarket : IAsyncDisposable
{
    private readonly LocalMarket _local;

    private BenchMarket(LocalMarket local, LocalMarketFile file, MarketClient client, EthereumKey key, MarketHome home, TimeSpan up) =>
        (_local, File, Client, Key, Home, Up) = (local, file, client, key, home, up);

    public LocalMarketFile File { get; }

    public MarketClient Client { get; }

    public EthereumKey Key { get; }

    public MarketHome Home { get; }

    public TimeSpan Up { get; }

    public static async Task<BenchMarket> StartAsync(string folder, LocalMarketOptions options)
    {
        var home = new MarketHome(folder);
        var local = new LocalMarket(home, TimeProvider.System);
        var started = Stopwatch.GetTimestamp();
        var file = await local.UpAsync(options, new Progress<string>(), CancellationToken.None);
        var up = Stopwatch.GetElapsedTime(started);
        try
        {
            var profile = new ProfileStore(home).Read(file.Profile);
            var client = await MarketClient.ConnectAsync(profile, home, null, TimeProvider.System, CancellationToken.None);
            var password = (await WalletPassword.FromFileAsync(file.PasswordFile, CancellationToken.None))!;
            var key = await new WalletStore(home).UnlockAsync(file.Wallet, password, CancellationToken.None);
            client.SignWith(key);
            return new BenchMarket(local, file, client, key, home, up);
        }
        catch
        {
            await local.DownAsync(CancellationToken.None);
            throw;
        }
    }

    /// <summary>Posts a job and follows it until everybody is paid; the time from the first upload on.</summary>
    public async Task<TimeSpan> RunAsync(string jobFile)
    {
        var read = await JobFile.ReadAsync(jobFile, CancellationToken.None);
        var resolved = await JobResolver.ResolveAsync(read.File!, CancellationToken.None);
        var job = await PreparedJob.PrepareAsync(resolved.Job ?? throw new InvalidOperationException(string.Join('\n', resolved.Diagnostics)), CancellationToken.None);
        var quote = await Client.QuoteAsync(job, null, null, CancellationToken.None);
        var started = Stopwatch.GetTimestamp();
        var record = await Client.PostAsync(quote, null, null, CancellationToken.None);
        await foreach (var progress in Client.FollowAsync(record, null, CancellationToken.None))
        {
            if (progress.View.Settled < progress.View.Terms.Total) continue;
            var elapsed = Stopwatch.GetElapsedTime(started);

            // A tasklet that ran out of fuel is paid too, and says nothing about speed.
            var collected = await Client.CollectAsync(record, null, CancellationToken.None);
            return collected.Failures.IsEmpty && collected.IsComplete ? elapsed : throw new InvalidOperationException($"{jobFile} has failed tasklets");
        }

        throw new InvalidOperationException($"{jobFile} ended unsettled");
    }

    /// <summary>Waits until so many devices can be leased.</summary>
    public async Task BiddingAsync(int devices)
    {
        while ((await Client.SnapshotAsync(CancellationToken.None)).Bids.Count(bid => bid.FreeLanes > 0) < devices) await Task.Delay(TimeSpan.FromMilliseconds(250));
    }

    /// <summary>How the node <paramref name="index"/> can be called.</summary>
    public Peer PeerOf(int index)
    {
        var node = File.Nodes[index];
        var config = ProviderConfigFile.Read(node.Config);
        using var certificate = TransportCertificate.LoadOrCreate(Path.Combine(Path.GetFullPath(config.Data, Path.GetDirectoryName(node.Config)!), "transport-key.pem"), TimeProvider.System);
        var account = new WalletStore(Home).Find(config.Keys.Operator).Account;
        return new Peer(DeviceOf(node), new Uri($"https://{config.Listen.Api}"), TransportCertificate.KeyOf(certificate), account);
    }

    /// <summary>Ends a node and starts it again; the seconds until it answers and until it bids.</summary>
    public async Task<(double Live, double Ready)> RestartAsync(int index)
    {
        var node = File.Nodes[index];
        await node.Process.StopAsync(TimeSpan.FromSeconds(30), TimeProvider.System, CancellationToken.None);
        var started = Stopwatch.GetTimestamp();
        var again = _local.StartNode(node.Config, ProviderConfigFile.Read(node.Config));
        var nodes = File.Nodes.ToList();
        nodes[index] = again;
        (File with { Nodes = nodes }).Write(Home);
        using var http = new HttpClient();
        var live = await UntilAsync("/healthz/live");
        return (live, await UntilAsync("/healthz/ready"));

        async Task<double> UntilAsync(string page)
        {
            while (true)
            {
                try
                {
                    using var answer = await http.GetAsync(new Uri(node.Health, page));
                    if (answer.IsSuccessStatusCode) return Stopwatch.GetElapsedTime(started).TotalSeconds;
                }
                catch (HttpRequestException)
                {
                    // Not there yet.
                }

                await Task.Delay(10);
            }
        }
    }

    /// <summary>Memory of a node and its children, MiB, as /proc tells.</summary>
    public static double ResidentMiB(LocalNode node)
    {
        var family = new List<int> { node.Process.Id };
        foreach (var folder in Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)) continue;
            if (ValueOf(pid, "PPid:") is { } parent && family.Contains((int)parent)) family.Add(pid);
        }

        return family.Sum(p => ValueOf(p, "VmRSS:") ?? 0) / 1024.0;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _local.DownAsync(CancellationToken.None);
    }

    private static long? ValueOf(int pid, string name)
    {
        try
        {
            var line = System.IO.File.ReadLines($"/proc/{pid}/status").FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal));
            return line is null ? null : long.Parse(line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return null;
        }
    }

    // The bench's nodes are registered at once, in any order; each says in its status which device it is.
    private static DeviceId DeviceOf(LocalNode node)
    {
        using var http = new HttpClient();
        using var answer = http.Send(new HttpRequestMessage(HttpMethod.Get, new Uri(node.Health, "/status")));
        using var json = System.Text.Json.JsonDocument.Parse(answer.Content.ReadAsStream());
        return new DeviceId(uint.Parse(json.RootElement.GetProperty("device").ToString().Replace("d-", "", StringComparison.Ordinal), CultureInfo.InvariantCulture));
    }
}
