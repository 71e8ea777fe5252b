using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Market.EndToEnd.Tests.Harness;
using Market.Hashing;

namespace Market.EndToEnd.Tests.Peers;

/// <summary>
/// Peers that do their worst to a real node of a real market, while someone honest is served and a job runs. MARKET_FUZZ_CASES
/// sets the number of cases (50,000 with MARKET_TEST_FULL, 2,000 without), MARKET_FUZZ_SEED repeats a run.
/// </summary>
public sealed class HostilePeerTests(LocalMarketFixture local, ITestOutputHelper output) : IClassFixture<LocalMarketFixture>
{
    private const int Attackers = 8;
    private const int AtOnce = 24;
    private const double MaxResidentMiB = 640;

    // What a caller may be told, by status: OK, cancelled, and each refusal's. Unknown and internal are not among them.
    private static readonly int[] Clear = [0, 1, 3, 4, 5, 7, 8, 9, 10, 12, 14, 16];

    // The framework's own words, which name no type and no place in the code.
    private static readonly string[] FrameworkWords = ["Received message exceeds the maximum configured message size.", "Unsupported grpc-encoding value", "Deadline Exceeded", "Service is unimplemented.", "Method is unimplemented."];

    private static readonly IPAddress[] Addresses = [.. Enumerable.Range(0, 2 * Attackers).Select(i => IPAddress.Parse($"127.0.1.{10 + i}"))];

    // A frame with an empty message.
    private static readonly byte[] Empty = [0, 0, 0, 0, 0];

    private static int FloodCalls => IsFull ? 1_500 : 100;

    private static bool IsFull { get; } = Environment.GetEnvironmentVariable("MARKET_TEST_FULL") == "1";

    private static int Cases { get; } = FromEnvironment("MARKET_FUZZ_CASES", IsFull ? 50_000 : 2_000);

    private static int Seed { get; } = FromEnvironment("MARKET_FUZZ_SEED", Environment.ProcessId);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EveryMethod_UnderAttackOfEveryKind_StaysClearBoundedAndServesOthers()
    {
        output.WriteLine($"seed {Seed}, {Cases} cases over {WireMethod.All.Count} methods: {string.Join(' ', WireMethod.All)}");
        var (node, keys) = await NodeUnderAttack.FindAsync(local, Attackers + 1, Token);
        using var honest = new HonestCaller(node, keys[^1], local.Folder());
        await honest.AdmittedAsync(Token);
        var callers = keys[..Attackers].Select((k, i) => new RawCaller(node, k, Addresses[i])).ToArray();
        var before = node.ResidentMiB;
        var peak = before;
        var ends = new ConcurrentDictionary<(string Kind, int Http, int Status), int>();
        var faults = new ConcurrentBag<string>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var started = Stopwatch.GetTimestamp();

        var visits = honest.VisitAsync(stop.Token);
        var job = RunJobAsync();
        var lingering = Enumerable.Range(0, 120).Select(i => HostileSockets.LingerAsync(node, Addresses[Attackers + (i % Attackers)], RandomOf(-1 - i), stop.Token)).ToList();
        var watch = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                peak = Math.Max(peak, node.ResidentMiB);
                await Task.Delay(TimeSpan.FromMilliseconds(200), stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }, Token);
        await Parallel.ForEachAsync(Enumerable.Range(0, Cases), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = Token }, async (i, _) =>
        {
            var random = RandomOf(i);
            var attack = HostileCalls.Choose(random);
            var method = WireMethod.All[random.Next(WireMethod.All.Count)];
            var (end, allowed) = await attack.RunAsync(callers[i % Attackers], method, random);
            ends.AddOrUpdate((attack.Kind, end.Http, end.Status), 1, (_, n) => n + 1);
            if (!(end.Http == 0 ? allowed.Contains(-1) : end.Http != 200 || (Clear.Contains(end.Status) && allowed.Contains(end.Status))))
            {
                faults.Add($"case {i}, {attack.Kind} of {method}: HTTP {end.Http}, status {end.Status}, {end.Message}");
            }

            if (!IsReason(end)) faults.Add($"case {i}, {attack.Kind} of {method} tells: {end.Message}");
        });
        var attacked = Stopwatch.GetElapsedTime(started);
        await stop.CancelAsync();
        await visits;
        await Task.WhenAll(lingering);
        await watch;
        foreach (var caller in callers) caller.Dispose();

        foreach (var ((kind, http, status), count) in ends.OrderBy(e => e.Key.ToString(), StringComparer.Ordinal)) output.WriteLine($"{count,7} {kind}: HTTP {http}, status {status}");
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{attacked.TotalSeconds:F0} s, {Cases / attacked.TotalSeconds:F0} cases/s; memory {before:F0} MiB before, {peak:F0} at most; {honest.Served.Count} honest visits, slowest {honest.Served.Max().TotalSeconds:F1} s"));
        Assert.True(faults.IsEmpty, $"seed {Seed}:\n{string.Join('\n', faults.Take(20))}");
        Assert.True(node.IsRunning);
        Assert.True(peak < MaxResidentMiB, $"{peak} MiB");
        (await job).Exits(0);
        Assert.DoesNotContain("[3004]", node.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("crit:", node.Log, StringComparison.Ordinal);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(node.Data, "blobs", "v1"), "*", SearchOption.AllDirectories).Where(f => !f.EndsWith(".tree", StringComparison.Ordinal)))
        {
            Assert.Equal(Path.GetFileName(file), BlobName.Of(await File.ReadAllBytesAsync(file, Token)).ToString()[2..].Replace(':', '-'));
        }
    }

    [Fact]
    public async Task Flood_OfEveryMethod_IsTurnedAwayAtTheRateAndOthersAreServed()
    {
        var (node, keys) = await NodeUnderAttack.FindAsync(local, WireMethod.All.Count + 1, Token);
        using var honest = new HonestCaller(node, keys[^1], local.Folder());
        await honest.AdmittedAsync(Token);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var visits = honest.VisitAsync(stop.Token);

        foreach (var (method, key) in WireMethod.All.Zip(keys))
        {
            using var caller = new RawCaller(node, key, Addresses[0]);
            var ends = new List<WireEnd>();

            // A thousand may come at once and a hundred a second after that, so a slow machine takes more of them. The short
            // form leaves being turned away to the test of calls that stay open.
            do ends.AddRange(await Task.WhenAll(Enumerable.Range(0, FloodCalls).Select(_ => caller.CallAsync(method.Path, Empty, caller.Token(method.Path)))));
            while (IsFull && ends.Count < 5 * FloodCalls && !ends.Exists(e => e.Message == "RATE_EXCEEDED"));

            output.WriteLine($"{method}: {string.Join(", ", ends.GroupBy(e => (e.Status, e.Message)).OrderBy(g => g.Key).Select(g => $"{g.Count()} x {g.Key}"))}");
            Assert.All(ends, e => Assert.Contains(e.Status, Clear));
            if (IsFull) Assert.Contains(ends, e => e is { Status: 8, Message: "RATE_EXCEEDED" });
        }

        await stop.CancelAsync();
        await visits;
        output.WriteLine($"{honest.Served.Count} honest visits, slowest {honest.Served.Max()}");
        Assert.True(node.ResidentMiB < MaxResidentMiB, $"{node.ResidentMiB} MiB");
    }

    [Fact]
    public async Task CallerWithAsManyOpenCallsAsItMayHave_GetsNoMethodServed_UntilTheyEnd()
    {
        var (node, keys) = await NodeUnderAttack.FindAsync(local, 2, Token);
        using var honest = new HonestCaller(node, keys[^1], local.Folder());
        await honest.AdmittedAsync(Token);
        using var caller = new RawCaller(node, keys[0], Addresses[1]);
        using var letGo = new CancellationTokenSource();
        var upload = WireMethod.All.Single(m => m.Path.EndsWith("/PutBlobs", StringComparison.Ordinal)).Path;
        var open = Enumerable.Range(0, 40).Select(_ => caller.CallAsync(upload, Empty, caller.Token(upload), bend: r => r.Content = new SilentContent(letGo.Token))).ToList();
        var turnedAway = 0;
        while (turnedAway < 8)
        {
            var ended = await Task.WhenAny(open);
            Assert.Equal("RATE_EXCEEDED", (await ended).Message);
            open.Remove(ended);
            turnedAway++;
        }

        foreach (var method in WireMethod.All) Assert.Equal("RATE_EXCEEDED", (await caller.CallAsync(method.Path, Empty, caller.Token(method.Path))).Message);
        await honest.VisitAsync(new CancellationToken(canceled: true));

        await letGo.CancelAsync();
        await Task.WhenAll(open);
        var status = WireMethod.All.Single(m => m.Path.EndsWith("/GetStatus", StringComparison.Ordinal)).Path;
        Assert.Equal(0, (await caller.CallAsync(status, Empty, caller.Token(status))).Status);
    }

    [Fact]
    public async Task Paths_InAnotherLetterCase_AndOtherPortsPages_AreNoWayAroundTheGate()
    {
        var (node, keys) = await NodeUnderAttack.FindAsync(local, 1, Token);
        using var caller = new RawCaller(node, keys[0], Addresses[0]);

        foreach (var method in WireMethod.All)
        {
            foreach (var path in new[] { method.Path, method.Path.ToUpperInvariant(), method.Path.ToLowerInvariant(), method.Path + "/" })
            {
                Assert.Contains((await caller.CallAsync(path, Empty, null)).Status, new[] { 12, 16 });
            }
        }

        // The page of the health port, asked for on the public one by a request that says its host is the other.
        var status = await caller.CallAsync("/status", [], null, bend: r =>
        {
            r.Method = HttpMethod.Get;
            r.Content = null;
            r.Headers.Host = node.Health.Authority;
        });
        Assert.Equal(404, status.Http);
    }

    private static bool IsReason(WireEnd end) =>
        end.Http == 0 || end.Message.All(c => c is '_' or (>= 'A' and <= 'Z')) || FrameworkWords.Any(w => end.Message.StartsWith(w, StringComparison.Ordinal));

    private async Task<CommandRun> RunJobAsync()
    {
        var folder = local.Folder();
        TestModule.Write(folder);
        var job = Path.Combine(folder, "job.yaml");
        await File.WriteAllTextAsync(job, """
            version: 1
            name: meanwhile
            task: { module: task.wasm }
            inputs: { list: [a, b, c, d, e, f] }
            output: { dir: out, name: "{index}.txt" }
            limits: { memory: 16MiB, fuel: 10M, time: 60s, output: 1MiB }
            sla: { deadline: 5m, budget: 5 CRD, verification: optimistic }

            """, Token);
        return await local.Market.RunAsync(["job", "run", job, "--accept", "--yes", "--json", "--skip-local-run"]);
    }

#pragma warning disable RS0030 // Seeded.
    private static Random RandomOf(int number) => new(unchecked((Seed * 1_000_003) + number));
#pragma warning restore RS0030

    private static int FromEnvironment(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
