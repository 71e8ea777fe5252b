using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Market.Blobs;
using Market.Chain.Projection;
using Market.Client.Disputes;
using Market.Node.Attestation;
using Market.Node.Bidding;
using Market.Node.Chain;
using Market.Node.Checking;
using Market.Node.Disputes;
using Market.Node.Health;
using Market.Node.Keeping;
using Market.Node.Leases;
using Market.Node.Storage;
using Market.Node.Transfer;
using Market.Sandbox;
using Market.Sandbox.Wasm;
using Market.Transport.Peers;
using Market.Transport.Serving;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Market.Node.Hosting;

/// <summary>One call for each feature; nothing else names concrete parts.</summary>
internal static class NodeServices
{
    /// <summary>Journal and blobs in the data directory.</summary>
    public static IServiceCollection AddStorage(this IServiceCollection services, DataDirectory data, NodeOptions options) => services
        .AddSingleton(new DiskRoom(data))
        .AddSingleton(p => new Journal(data.Journal, p.GetRequiredService<TimeProvider>()))
        .AddHostedService<JournalPruner>()
        .AddSingleton(p => BlobStore.Open(new BlobStoreOptions { Directory = data.Blobs, QuotaBytes = options.DiskBytes }, p.GetRequiredService<TimeProvider>()))
        .AddSingleton<LeasePins>();

    /// <summary>The market's state, followed block by block.</summary>
    public static IServiceCollection AddChain(this IServiceCollection services, MarketAccess market) => services
        .AddSingleton(market)
        .AddSingleton<MarketProjection>(_ => new MarketProjection())
        .AddSingleton<ChainHead>()
        .AddSingleton<KnownCallers>()
        .AddSingleton<OpenDemands>()
        .AddHosted<OperatorFunds>()
        .AddHostedService<ChainService>();

    /// <summary>The gRPC endpoint, its publication, and calls to peers.</summary>
    public static IServiceCollection AddTransport(this IServiceCollection services, LocalDevice self, X509Certificate2 certificate, TransportOptions options) => services
        .AddSingleton(self)
        .AddSingleton<PeerTable>()
        .AddSingleton<CallerAdmission>(p => p.GetRequiredService<KnownCallers>().Admits)
        .AddSingleton(p => new PeerConnections(self.Domain, self.Key, p.GetRequiredService<TimeProvider>(), RandomNumberGenerator.Create()))
        .AddSingleton<BlobFetcher>()
        .AddSingleton<BlobGatherer>()
        .AddSingleton(new TransportKey(TransportCertificate.KeyOf(certificate)))
        .AddHosted<EndpointService>()
        .AddMarketTransport(options);

    /// <summary>The runtime that tasklets run in.</summary>
    public static IServiceCollection AddSandbox(this IServiceCollection services, DataDirectory data, NodeOptions options) => services
        .AddSingleton(p => new WasmRuntime(new SandboxOptions { Directory = data.Sandbox, Lanes = options.Lanes }, p.GetRequiredService<TimeProvider>()))
        .AddSingleton<MachineRunner>()
        .AddSingleton<IRuntime>(p => new CarefulRuntime(p.GetRequiredService<WasmRuntime>(), p.GetRequiredService<MachineRunner>(), p.GetRequiredService<ILogger<CarefulRuntime>>()));

    /// <summary>Being measured, and measuring others.</summary>
    public static IServiceCollection AddAttestation(this IServiceCollection services) => services
        .AddSingleton<Benchmark>()
        .AddSingleton<OwnSpeed>()
        .AddSingleton(p => new ChallengeBook(p.GetRequiredService<TimeProvider>(), RandomNumberGenerator.Create()))
        .AddSingleton<AttestationDesk>()
        .AddSingleton<AttestationRound>()
        .AddSingleton<CapabilityStatus>()
        .AddHostedService<CapabilityService>();

    /// <summary>The bid.</summary>
    public static IServiceCollection AddBidding(this IServiceCollection services) => services
        .AddSingleton<BidStatus>()
        .AddSingleton<BidPrice>()
        .AddSingleton<Respite>()
        .AddHostedService<BiddingService>();

    /// <summary>Running leases to their end.</summary>
    public static IServiceCollection AddLeases(this IServiceCollection services) => services
        .AddSingleton<LeaseBoard>()
        .AddSingleton(p => new LaneQueue(p.GetRequiredService<NodeOptions>().Lanes))
        .AddSingleton<ProgramCheck>()
        .AddSingleton(RandomNumberGenerator.Create())
        .AddSingleton<MachineCheck>()
        .AddSingleton<InputDeriver>()
        .AddSingleton<LeaseWorker>()
        .AddHosted<LeaseService>()
        .AddHostedService<RequestService>();

    /// <summary>Defending own results, and looking at others'.</summary>
    public static IServiceCollection AddDisputes(this IServiceCollection services, DataDirectory data) => services
        .AddSingleton<IDisputeJournal>(_ => new DisputeJournal(data.Disputes))
        .AddSingleton<RunAccounts>(_ => run => run.Account())
        .AddSingleton(p => new EvidenceStore(p.GetRequiredService<BlobStore>(), p.GetRequiredService<BlobFetcher>(), () => p.GetRequiredService<PeerTable>().All, p.GetRequiredService<TimeProvider>()))
        .AddSingleton<InputLocator>()
        .AddSingleton<RunLocator>()
        .AddSingleton(p => new AccountShelf(p.GetRequiredService<RunAccounts>()))
        .AddHostedService<DisputeService>();

    /// <summary>Calls for the market at large.</summary>
    public static IServiceCollection AddKeeping(this IServiceCollection services) => services
        .AddSingleton<FanOutHeads>()
        .AddHostedService<KeeperService>()
        .AddHostedService<JobKeeperService>();

    /// <summary>Settings, and their change while the node runs.</summary>
    public static IServiceCollection AddSettings(this IServiceCollection services, NodeOptions options, ConfigSource source) => services
        .AddSingleton(options)
        .AddSingleton(new LiveOptions(options))
        .AddSingleton(source)
        .AddHostedService<ReloadService>();

    /// <summary>The end in two phases, and what the supervisor is told.</summary>
    public static IServiceCollection AddLifetime(this IServiceCollection services) => services
        .AddSingleton<Drain>()
        .AddHostedService<SupervisorService>()
        .AddSingleton<IHostLifetime, QuietLifetime>()
        .AddHostedService<DrainService>();

    /// <summary>What the node says about itself, in words and for <c>grpc.health.v1</c>.</summary>
    public static IServiceCollection AddHealth(this IServiceCollection services)
    {
        services.AddGrpcHealthChecks().AddCheck<ReadyCheck>("ready");
        return services
            .AddSingleton<NodeStatus>()
            .Configure<HealthCheckPublisherOptions>(o => (o.Delay, o.Period) = (TimeSpan.Zero, TimeSpan.FromSeconds(1)));
    }

    // A hosted service that others ask things of.
    private static IServiceCollection AddHosted<T>(this IServiceCollection services)
        where T : class, IHostedService => services.AddSingleton<T>().AddHostedService(p => p.GetRequiredService<T>());
}
