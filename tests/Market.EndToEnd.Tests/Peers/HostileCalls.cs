using System.Net;
using System.Net.Http.Headers;
using Market.Domain.Identity;
using Market.Ethereum.Signing;
using Market.Hashing;
using Market.Transport.Tokens;

namespace Market.EndToEnd.Tests.Peers;

/// <summary>One kind of attack.</summary>
/// <param name="Kind">Its name in reports.</param>
/// <param name="Weight">How often it is chosen.</param>
/// <param name="RunAsync">Runs it; returns how it ended and the statuses that are right then, -1 if the connection may break.</param>
internal sealed record HostileCall(string Kind, int Weight, Func<RawCaller, WireMethod, Random, Task<(WireEnd End, int[] Allowed)>> RunAsync);

/// <summary>Everything that can be wrong with a call: its messages, token, headers, path, and its manners.</summary>
internal static class HostileCalls
{
    private static readonly EthereumKey Stranger = new(Keccak256.Hash([42]).ToArray());

    // Of bodies that no method understands: the method may also refuse before it reads them, or be satisfied with nothing.
    private static readonly int[] BadBody = [0, 3, 5, 7, 8, 9, 10, 12, 14, 4];

    private static readonly HostileCall[] All =
    [
        new("body", 58, async (caller, method, random) =>
            (await caller.CallAsync(method.Path, HostileMessages.Body(random, method), caller.Token(method.Path), bend: random.Next(6) == 0 ? Gzip : null), BadBody)),
        new("token", 14, TokenAsync),
        new("header", 8, HeaderAsync),
        new("path", 6, PathAsync),
        new("hang up", 8, async (caller, method, random) =>
            (await caller.CallAsync(method.Path, HostileMessages.Body(random, method), caller.Token(method.Path), hangUpAfter: TimeSpan.FromMilliseconds(random.Next(30))), [-1, 1, .. BadBody])),
        new("socket", 6, async (caller, _, random) =>
        {
            await HostileSockets.GarbageAsync(caller.Node, IPAddress.Parse($"127.0.2.{random.Next(1, 200)}"), random, TestContext.Current.CancellationToken);
            return (new WireEnd(0, -1, ""), [-1]);
        }),
    ];

    private static readonly int TotalWeight = All.Sum(a => a.Weight);

    public static HostileCall Choose(Random random)
    {
        var at = random.Next(TotalWeight);
        foreach (var attack in All)
        {
            if ((at -= attack.Weight) < 0) return attack;
        }

        throw new InvalidOperationException("weights add up");
    }

    private static async Task<(WireEnd End, int[] Allowed)> TokenAsync(RawCaller caller, WireMethod method, Random random)
    {
        var path = method.Path;
        var body = HostileMessages.Body(random, method);
        byte[]? token;
        switch (random.Next(9))
        {
            case 0: token = null; break;
            case 1:
                token = new byte[random.Next(2_000)];
                random.NextBytes(token);
                break;
            case 2: token = caller.Token(WireMethod.All[(WireMethod.All.ToList().IndexOf(method) + 1) % WireMethod.All.Count].Path); break;
            case 3: token = caller.Token(path, audience: new DeviceId(caller.Node.Peer.Device.Value + 1)); break;
            case 4: token = caller.Token(path, domain: new SigningDomain(1, default)); break;
            case 5: token = caller.Token(path, lifeSeconds: random.Next(2) == 0 ? -1 : 1_000); break;
            case 6: token = caller.Token(path, signer: Stranger, caller: random.Next(2) == 0 ? Stranger.Address : caller.Key.Address); break;
            case 7:
                token = caller.Token(path);
                token[random.Next(token.Length)] ^= (byte)(1 << random.Next(8));
                break;
            default:
                // Replayed: the first call may go well, the second must not.
                token = caller.Token(path);
                await caller.CallAsync(path, [0, 0, 0, 0, 0], token);
                break;
        }

        return (await caller.CallAsync(path, body, token), [7, 8, 16]);
    }

    private static async Task<(WireEnd End, int[] Allowed)> HeaderAsync(RawCaller caller, WireMethod method, Random random)
    {
        var token = caller.Token(method.Path);
        var body = HostileMessages.Body(random, method);
        int[] refused = [3, 8];
        return random.Next(6) switch
        {
            0 => (await caller.CallAsync(method.Path, body, token, timeout: null), refused),
            1 => (await caller.CallAsync(method.Path, body, token, timeout: "99999999H"), refused),
            2 => (await caller.CallAsync(method.Path, body, token, timeout: Text(random, 12)), [.. refused, .. BadBody]),
            3 => (await caller.CallAsync(method.Path, body, token, timeout: $"{random.Next(1000)}u"), [-1, 1, .. BadBody]),
            4 => (await caller.CallAsync(method.Path, body, token, bend: r => r.Content!.Headers.ContentType = new MediaTypeHeaderValue("text/plain")), [-1, .. BadBody]),
            _ => (await caller.CallAsync(method.Path, body, token, bend: r => r.Headers.TryAddWithoutValidation("x-" + Text(random, 8), Text(random, random.Next(2) == 0 ? 50_000 : 500))), [-1, .. BadBody]),
        };
    }

    private static async Task<(WireEnd End, int[] Allowed)> PathAsync(RawCaller caller, WireMethod method, Random random)
    {
        var body = HostileMessages.Body(random, method);
        return random.Next(5) switch
        {
            0 => (await caller.CallAsync(method.Path.ToUpperInvariant(), body, null), [8, 16]),
            1 => (await caller.CallAsync(method.Path.ToUpperInvariant(), body, caller.Token(method.Path.ToUpperInvariant())), [8, 16]),
            2 => (await caller.CallAsync($"/{method.Descriptor.Service.FullName}/{Text(random, 10)}", body, caller.Token(method.Path)), [12]),
            3 => (await caller.CallAsync("/" + Uri.EscapeDataString(Text(random, 30)), body, caller.Token(method.Path)), [12]),
            _ => (await caller.CallAsync("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", body, null), [12]),
        };
    }

    private static void Gzip(HttpRequestMessage request) => request.Headers.TryAddWithoutValidation("grpc-encoding", "gzip");

    private static string Text(Random random, int length) => string.Concat(Enumerable.Range(0, length).Select(_ => (char)('a' + random.Next(26))));
}
