using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Market.Blobs;
using Market.Domain.Identity;
using Market.Ethereum.Signing;
using Market.Hashing;
using Market.Transport.Peers;
using Market.Transport.Serving;
using Market.Transport.Tokens;
using Market.Unit.Tests.Blobs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Market.Unit.Tests.Transport;

/// <summary>A node's gRPC side on a loopback port, with a store of its own.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    public static readonly SigningDomain Domain = new(31_907, new Address(new byte[20]));

    private readonly TempDirectory _directory;
    private readonly WebApplication _app;
    private readonly X509Certificate2 _certificate;

    private TestNode(TempDirectory directory, WebApplication app, X509Certificate2 certificate, BlobStore store, LogBook log)
    {
        (_directory, _app, _certificate, Store, Log) = (directory, app, certificate, store, log);
    }

    public static EthereumKey OperatorKey { get; } = KeyOf(1);

    public BlobStore Store { get; }

    public LogBook Log { get; }

    public required Peer Peer { get; init; }

    public static EthereumKey KeyOf(byte seed) => new(Keccak256.Hash([seed]).ToArray());

    /// <summary>Starts a node; with <typeparamref name="TService"/> that service is mapped instead of the store's own.</summary>
    public static async Task<TestNode> StartAsync<TService>(TransportOptions? options = null, CallerAdmission? admits = null, long quota = 100_000_000, TimeProvider? time = null)
        where TService : class
    {
        options ??= new TransportOptions();
        var directory = new TempDirectory();
        var store = BlobStore.Open(new BlobStoreOptions { Directory = Path.Combine(directory.Path, "blobs"), QuotaBytes = quota }, TimeProvider.System);
        var certificate = TransportCertificate.LoadOrCreate(Path.Combine(directory.Path, "tls.pem"), TimeProvider.System);
        var log = new LogBook();

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.AddProvider(log);
        builder.WebHost.UseKestrel(kestrel => kestrel.ListenMarketTransport(new IPEndPoint(IPAddress.Loopback, 0), certificate, options));
        builder.Services.AddRouting();
        builder.Services.AddSingleton(store);
        builder.Services.AddSingleton(new LocalDevice(new DeviceId(7), OperatorKey, Domain));
        builder.Services.AddSingleton(admits ?? (_ => true));
        builder.Services.AddMarketTransport(options);
        if (time is not null) builder.Services.AddSingleton(time);
        var app = builder.Build();
        app.UseMarketTransport();
        if (typeof(TService) == typeof(Honest)) app.MapMarketTransport();
        else app.MapGrpcService<TService>();
        await app.StartAsync(TestContext.Current.CancellationToken);

        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        var peer = new Peer(new DeviceId(7), new Uri(address), TransportCertificate.KeyOf(certificate), OperatorKey.Address);
        return new TestNode(directory, app, certificate, store, log) { Peer = peer };
    }

    public static Task<TestNode> StartAsync(TransportOptions? options = null, CallerAdmission? admits = null, long quota = 100_000_000, TimeProvider? time = null) =>
        StartAsync<Honest>(options, admits, quota, time);

    public static PeerConnections Connections(byte caller = 2, TimeProvider? time = null) =>
        new(Domain, KeyOf(caller), time ?? TimeProvider.System, RandomNumberGenerator.Create());

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        _certificate.Dispose();
        _directory.Dispose();
    }

    internal sealed class Honest;
}
