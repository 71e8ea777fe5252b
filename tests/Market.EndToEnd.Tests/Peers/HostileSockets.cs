using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Market.EndToEnd.Tests.Peers;

/// <summary>Attacks below gRPC: bytes that are no TLS, TLS that is no HTTP/2, and HTTP/2 frames in every wrong order.</summary>
internal static class HostileSockets
{
    private static readonly byte[] Preface = Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

    /// <summary>One connection's worth of garbage; ends when the node hangs up, or after it has had its say.</summary>
    public static async Task GarbageAsync(NodeUnderAttack node, IPAddress from, Random random, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(15));
        try
        {
            var kind = random.Next(8);
            using var socket = await ConnectAsync(node, from, limit.Token);
            await using var plain = new NetworkStream(socket, ownsSocket: true);
            if (kind == 0)
            {
                await plain.WriteAsync(Noise(random, random.Next(1, 4000)), limit.Token);
                socket.Shutdown(SocketShutdown.Send);
                await plain.CopyToAsync(Stream.Null, limit.Token);
                return;
            }

            await using var tls = await TlsAsync(plain, limit.Token);
            await tls.WriteAsync(Attack(kind, random), limit.Token);
            await tls.FlushAsync(limit.Token);
            socket.Shutdown(SocketShutdown.Send);
            await tls.CopyToAsync(Stream.Null, limit.Token);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
        {
            // It hung up on us, which is right. Whether it still serves others is asked elsewhere.
            cancel.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Holds a connection open as long as it can, sending almost nothing.</summary>
    public static async Task LingerAsync(NodeUnderAttack node, IPAddress from, Random random, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                using var socket = await ConnectAsync(node, from, cancel);
                await using var plain = new NetworkStream(socket, ownsSocket: true);
                if (random.Next(2) == 0)
                {
                    // Nothing at all, until the node's patience with a handshake ends.
                    await plain.CopyToAsync(Stream.Null, cancel);
                    continue;
                }

                await using var tls = await TlsAsync(plain, cancel);
                foreach (var value in Preface.Concat(Frame(4, 0, 0, [])).Concat(Frame(1, 0, 1, Noise(random, 500))))
                {
                    await tls.WriteAsync(new[] { value }, cancel);
                    await Task.Delay(TimeSpan.FromMilliseconds(200), cancel);
                }
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // Sent away; comes again.
            }
        }
    }

    private static byte[] Attack(int kind, Random random) => kind switch
    {
        1 => Noise(random, random.Next(1, 4000)),
        2 => Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),

        // Frames of every type, flag and stream with noise in them.
        3 => [.. Preface, .. Many(random.Next(1, 40), () => Frame((byte)random.Next(12), (byte)random.Next(256), random.Next(0, 8), Noise(random, random.Next(60))))],

        // A frame that says it is as long as can be.
        4 => [.. Preface, .. Frame(4, 0, 0, []), 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 1],

        // Settings and pings without end.
        5 => [.. Preface, .. Many(300, () => Frame(4, 0, 0, [0, 4, 0, 0, 0xFF, 0xFF])), .. Many(300, () => Frame(6, 0, 0, new byte[8]))],

        // Streams opened and reset at once (CVE-2023-44487).
        6 => [.. Preface, .. Frame(4, 0, 0, []), .. Enumerable.Range(0, 200).SelectMany(i => Opened((2 * i) + 1))],

        // Headers that go on and on in continuations (VU#421644).
        _ => [.. Preface, .. Frame(4, 0, 0, []), .. Frame(1, 0, 1, Headers), .. Many(60, () => Frame(9, 0, 1, Noise(random, 1000)))],
    };

    // HPACK (RFC 7541): :method POST, :scheme https, :path /x and :authority x, literals without indexing.
    private static byte[] Headers { get; } = [0x83, 0x87, 0x04, 2, (byte)'/', (byte)'x', 0x01, 1, (byte)'x'];

    private static byte[] Opened(int stream) => [.. Frame(1, 4, stream, Headers), .. Frame(3, 0, stream, [0, 0, 0, 8])];

    private static byte[] Frame(byte type, byte flags, int stream, byte[] payload)
    {
        var frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        frame[3] = type;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        return frame;
    }

    private static IEnumerable<byte> Many(int times, Func<byte[]> make) => Enumerable.Range(0, times).SelectMany(_ => make());

    private static byte[] Noise(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static async Task<Socket> ConnectAsync(NodeUnderAttack node, IPAddress from, CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(from, 0));
        await socket.ConnectAsync(node.Api, cancel);
        return socket;
    }

    private static async Task<SslStream> TlsAsync(Stream plain, CancellationToken cancel)
    {
#pragma warning disable CA5359 // An attacker checks no keys.
        var tls = new SslStream(plain, leaveInnerStreamOpen: true, (_, _, _, _) => true);
#pragma warning restore CA5359
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "x", ApplicationProtocols = [SslApplicationProtocol.Http2] }, cancel);
        return tls;
    }
}
