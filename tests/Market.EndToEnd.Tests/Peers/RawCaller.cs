using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using Market.Domain.Identity;
using Market.Ethereum.Signing;
using Market.Hashing;
using Market.Transport.Tokens;

namespace Market.EndToEnd.Tests.Peers;

/// <summary>How a call ended on the wire.</summary>
/// <param name="Http">The HTTP status; zero if the connection or the stream broke.</param>
/// <param name="Status">gRPC's status; -1 if there was none.</param>
/// <param name="Message">The text that came with it.</param>
internal sealed record WireEnd(int Http, int Status, string Message);

/// <summary>Speaks gRPC by hand over HTTP/2 from an address and with a key of its own, so that every header can be false.</summary>
internal sealed class RawCaller : IDisposable
{
    private readonly HttpClient _http;

    public RawCaller(NodeUnderAttack node, EthereumKey key, IPAddress from)
    {
        (Node, Key) = (node, key);
#pragma warning disable CA5359, CA2000 // An attacker checks no keys; the client disposes its handler.
        _http = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            EnableMultipleHttp2Connections = false,
            SslOptions = new() { RemoteCertificateValidationCallback = (_, _, _, _) => true },
            ConnectCallback = async (context, cancel) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                socket.Bind(new IPEndPoint(from, 0));
                await socket.ConnectAsync(node.Api, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
#pragma warning restore CA5359, CA2000
        _http.Timeout = TimeSpan.FromSeconds(60);
    }

    public NodeUnderAttack Node { get; }

    public EthereumKey Key { get; }

    /// <summary>A token for a call, as honest as its parts.</summary>
    public byte[] Token(string path, int lifeSeconds = 60, DeviceId? audience = null, SigningDomain? domain = null, EthereumKey? signer = null, Address? caller = null) => new CallToken(
        path, audience ?? Node.Peer.Device, caller ?? Key.Address, UnixTime.From(TimeProvider.System.GetUtcNow().AddSeconds(lifeSeconds)), new Hash256(RandomNumberGenerator.GetBytes(32)))
        .Sign(domain ?? Node.Domain, signer ?? Key);

    /// <summary>Makes one call and reads all that comes back.</summary>
    public async Task<WireEnd> CallAsync(string path, byte[] body, byte[]? token, string? timeout = "20S", Action<HttpRequestMessage>? bend = null, TimeSpan? hangUpAfter = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Node.Peer.Uri, path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } },
        };
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        if (timeout is not null) request.Headers.TryAddWithoutValidation("grpc-timeout", timeout);
        if (token is not null) request.Headers.TryAddWithoutValidation(CallToken.Header, Convert.ToBase64String(token));
        bend?.Invoke(request);
        using var hangUp = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        if (hangUpAfter is { } delay) hangUp.CancelAfter(delay);
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, hangUp.Token);
            await using (var stream = await response.Content.ReadAsStreamAsync(hangUp.Token)) await stream.CopyToAsync(Stream.Null, hangUp.Token);
            string Read(string name) =>
                response.TrailingHeaders.TryGetValues(name, out var trailers) ? string.Join(',', trailers)
                : response.Headers.TryGetValues(name, out var headers) ? string.Join(',', headers) : "";
            return new WireEnd((int)response.StatusCode, int.TryParse(Read("grpc-status"), NumberStyles.None, CultureInfo.InvariantCulture, out var status) ? status : -1, Uri.UnescapeDataString(Read("grpc-message")));
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException && !TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            return new WireEnd(0, -1, e.GetType().Name);
        }
    }

    public void Dispose() => _http.Dispose();
}
