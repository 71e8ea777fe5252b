using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Market.Transport.Blobs;
using Market.Transport.Tokens;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Market.Transport.Serving;

/// <summary>
/// The gRPC side of a node. The host also registers <see cref="LocalDevice"/>, a <see cref="Market.Blobs.BlobStore"/>
/// and a <see cref="CallerAdmission"/>, and maps the services that it implements itself.
/// </summary>
public static class TransportServer
{
    /// <summary>Adds gRPC with authentication, quotas and limits on every method of the market's own services.</summary>
    public static IServiceCollection AddMarketTransport(this IServiceCollection services, TransportOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.Replace(ServiceDescriptor.Singleton<IMemoryPoolFactory<byte>, TransportBlockFactory>());
        services.AddSingleton<CallerBook>();
        services.AddSingleton<ForgeryBook>();
        services.AddSingleton<OutcomeInterceptor>();
        services.AddSingleton(provider =>
        {
            var device = provider.GetRequiredService<LocalDevice>();
            return new TokenVerifier(device.Domain, device.Device, provider.GetRequiredService<TimeProvider>(), options.MaxTokens);
        });

        // The interceptor logs what our methods throw. What is left to the framework is malformed messages, which end
        // before the interceptor sees them: anyone can send those, so they must not fill the log with errors.
        services.AddLogging(log => log.AddFilter("Grpc.AspNetCore.Server", LogLevel.Critical));
        services.AddGrpc(grpc =>
        {
            grpc.Interceptors.Add<OutcomeInterceptor>();
            grpc.MaxReceiveMessageSize = options.MaxMessageBytes;
            grpc.MaxSendMessageSize = options.MaxMessageBytes;
            grpc.EnableDetailedErrors = false;
            grpc.IgnoreUnknownServices = false;
        });
        return services;
    }

    /// <summary>Puts the gate before all methods. Without it no method serves anybody.</summary>
    public static IApplicationBuilder UseMarketTransport(this IApplicationBuilder app) => app.UseMiddleware<CallGate>();

    /// <summary>Maps the blob service.</summary>
    public static IEndpointRouteBuilder MapMarketTransport(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGrpcService<BlobServiceHost>();
        return endpoints;
    }

    /// <summary>Listens for gRPC at <paramref name="endpoint"/> (port 0: any free one) under the node's own certificate.</summary>
    public static void ListenMarketTransport(
        this KestrelServerOptions kestrel, IPEndPoint endpoint, X509Certificate2 certificate, TransportOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        kestrel.Limits.Http2.MaxStreamsPerConnection = 4 * options.CallsAtOnce;
        kestrel.Limits.Http2.InitialStreamWindowSize = 1 << 20;
        kestrel.Limits.Http2.InitialConnectionWindowSize = 4 << 20;
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        var connections = new ConnectionBook(options.MaxConnectionsPerAddress);
        kestrel.Listen(endpoint, listen =>
        {
            listen.Use(connections.PassAsync);
            listen.Protocols = HttpProtocols.Http2;
            listen.UseHttps(https =>
            {
                https.ServerCertificate = certificate;
                https.SslProtocols = SslProtocols.Tls13 | SslProtocols.Tls12;
                https.ClientCertificateMode = ClientCertificateMode.NoCertificate;
                https.HandshakeTimeout = TimeSpan.FromSeconds(10);
            });
        });
    }
}
