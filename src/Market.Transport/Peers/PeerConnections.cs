using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using Market.Ethereum.Signing;
using Market.Hashing;
using Market.Transport.Serving;
using Market.Transport.Tokens;

namespace Market.Transport.Peers;

/// <summary>
/// Connections of one account to peers, made on first use and shared. A connection stands only with the key that the
/// peer published; names and dates of its certificate mean nothing.
/// </summary>
/// <param name="domain">The deployment.</param>
/// <param name="key">The account that calls.</param>
/// <param name="time">The clock.</param>
/// <param name="random">Draws the tokens' nonces.</param>
/// <param name="stall">Longest wait for a peer's next message in a transfer; ten seconds if not given.</param>
public sealed class PeerConnections(SigningDomain domain, EthereumKey key, TimeProvider time, RandomNumberGenerator random, TimeSpan? stall = null) : IDisposable
{
    private const int MaxMessageBytes = 128 * 1024;
    private readonly ConcurrentDictionary<Peer, Lazy<GrpcChannel>> _channels = new();

    private readonly ConcurrentDictionary<Peer, long> _ahead = new();

    internal SigningDomain Domain => domain;

    internal EthereumKey Key => key;

    internal TimeProvider Time => time;

    internal RandomNumberGenerator Random => random;

    internal TimeSpan Stall { get; } = stall ?? TimeSpan.FromSeconds(10);

    /// <summary>How many seconds the peer's clock is ahead of ours, as far as it matters: zero until it found a token expired.</summary>
    internal long SecondsAhead(Peer peer) => _ahead.GetValueOrDefault(peer);

    /// <summary>
    /// Takes a peer's word for its own time: tokens for it, which nobody else takes, are made by that. False if it was known.
    /// </summary>
    internal bool LearnTime(Peer peer, ulong itsTime)
    {
        var ahead = (long)itsTime - time.GetUtcNow().ToUnixTimeSeconds();
        if (Math.Abs(ahead - SecondsAhead(peer)) < 2) return false;
        _ahead[peer] = ahead;
        return true;
    }

    /// <summary>A client of <paramref name="peer"/>. Costs nothing until it is called.</summary>
    public PeerClient To(Peer peer) =>
        new(this, peer, _channels.GetOrAdd(peer, p => new Lazy<GrpcChannel>(() => Open(p))).Value);

    /// <summary>Closes all connections; calls under way fail as unavailable.</summary>
    public void Dispose()
    {
        foreach (var channel in _channels.Values)
        {
            if (channel.IsValueCreated) channel.Value.Dispose();
        }

        _channels.Clear();
    }

    private static GrpcChannel Open(Peer peer)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            EnableMultipleHttp2Connections = true,
            InitialHttp2StreamWindowSize = 1 << 20,
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(20),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
            SslOptions = new SslClientAuthenticationOptions
            {
#pragma warning disable CA5359 // The published key is the whole trust: what the chain of certificates says is beside the point.
                RemoteCertificateValidationCallback = (_, certificate, _, _) => IsPinned(certificate, peer.TransportKey),
#pragma warning restore CA5359
            },
        };
        return GrpcChannel.ForAddress(peer.Uri, new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = MaxMessageBytes,
            MaxSendMessageSize = MaxMessageBytes,
            MaxRetryAttempts = null,
        });
    }

    private static bool IsPinned(X509Certificate? certificate, Hash256 transportKey) =>
        certificate is X509Certificate2 presented && TransportCertificate.KeyOf(presented) == transportKey;
}
