using Market.Client.Configuration;
using Market.Client.Faults;
using Market.Client.Providers;
using Market.Node.Attestation;
using Market.Node.Health;
using Market.Node.Machine;
using Market.Node.Observing;
using Market.Node.Storage;
using Market.Transport.Serving;
using Market.Transport.Tokens;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Market.Node.Hosting;

/// <summary>The node from its arguments to its end: the one place that puts its parts together.</summary>
internal static class NodeHost
{
    /// <summary>Runs a node until it is told to stop; the process's exit code.</summary>
    /// <param name="args"><c>--config</c> and the path of a provider.yaml.</param>
    /// <param name="decorate">Changes the parts after all are put together: for nodes that are made to fail, in tests.</param>
    public static async Task<int> MainAsync(string[] args, Action<IServiceCollection>? decorate = null)
    {
        try
        {
            if (args is not ["--config", var file]) throw new MarketException("E1400", ExitCode.Usage, "usage: market-node --config <provider.yaml>", "market provider run starts it");
            return await RunAsync(Path.GetFullPath(file), decorate);
        }
        catch (MarketException e)
        {
#pragma warning disable RS0030 // The reason why a daemon does not start belongs on its standard error.
            await Console.Error.WriteLineAsync($"{e.Fault.Code}: {e.Fault.Message}\n  fix: {e.Fault.Fix}");
#pragma warning restore RS0030
            return (int)e.Fault.Exit;
        }
    }

    private static async Task<int> RunAsync(string file, Action<IServiceCollection>? decorate)
    {
        var folder = Path.GetDirectoryName(file)!;
        var config = ProviderConfigFile.Read(file);
        var machine = MachineReader.ReadThisMachine();
        var options = NodeOptions.From(config, folder, machine.Cores, machine.MemoryBytes);
        var transport = new TransportOptions();
        using var data = DataDirectory.Open(options.Data);

        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.Sources.Clear();
        builder.AddNodeLogging();
        using var startLogging = LoggerFactory.Create(l => l.AddNodeConsole());

        var home = MarketHome.FromEnvironment();
        var key = await NodeStart.UnlockAsync(config, folder, home, CancellationToken.None);
        var profile = new ProfileStore(home).Read(config.Profile);
        using var pending = new PendingJournal(data.Pending);
        var market = await NodeStart.ConnectAsync(profile, key, pending, TimeProvider.System, startLogging.CreateLogger("Market.Node.Start"), CancellationToken.None);
        using var connection = market.Connection;
        using var certificate = TransportCertificate.LoadOrCreate(data.TransportKey, TimeProvider.System);
        var self = new LocalDevice(market.Device, key, new SigningDomain(market.Deployment.ChainId, market.Deployment.Market));

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.ListenMarketTransport(options.Api, certificate, transport);
            kestrel.Listen(options.Health, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services
            .AddSingleton(TimeProvider.System)
            .AddSettings(options, new ConfigSource(file, folder))
            .AddSingleton(machine)
            .AddLifetime()
            .AddHealth()
            .AddStorage(data, options)
            .AddSandbox(data, options)
            .AddChain(market)
            .AddTransport(self, certificate, transport)
            .AddAttestation()
            .AddBidding()
            .AddLeases()
                .AddDisputes(data)
            .AddKeeping();

        builder.AddObserving(market);
        decorate?.Invoke(builder.Services);

        await using var app = builder.Build();
        app.UseMarketTransport();
        app.MapMarketTransport();
        app.MapGrpcService<AttestationDesk>();
        app.MapGrpcService<NodeServiceHost>();
        app.MapGrpcHealthChecksService().AllowAnonymous();
        app.MapNodeHealth(options.Health);
        await app.RunAsync();
        return (int)ExitCode.Ok;
    }
}
