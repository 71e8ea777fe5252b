using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Market.Chain;
using Market.Chain.Contracts;
using Market.Chain.Deployments;
using Market.Chain.Development;
using Market.Chain.Following;
using Market.Chain.Generated.CapabilityRegistry;
using Market.Chain.Generated.ComputeMarket;
using Market.Chain.Generated.DisputeGame;
using Market.Chain.Transactions;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Domain.Results;
using Market.Ethereum;
using Market.Ethereum.Abi;
using Market.Ethereum.Rpc;
using Market.Ethereum.Signing;
using Market.Hashing;
using Market.Wasm;
using Market.Wasm.Machine;
using Market.Wasm.Machine.Accounts;
using Settle = Market.Chain.Generated.DisputeGame.SettleFunction;

namespace Market.Bench.Disputes;

/// <summary>
/// Whole games on a local chain between an honest operator and a challenger that lies from the middle of the run on; the
/// operator is the one that proves. Fixed gas, real proofs, real runs.
/// </summary>
internal sealed class DisputeBenchmark : IDisposable
{
    private const uint Mfuel = 20_000;
    private const uint Pages = 1_024;
    private const uint OutputLimit = 1 << 16;
    private const ulong TransactionGas = 21_000;

    // Hardhat's first account: it deploys a local market and mints its token.
    private static readonly EthereumKey Deployer = new(Hex.Decode("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"));

    private static readonly Peer[] Peers =
    [
        new("Cartesi PRT", "about 8,300,000 (92 moves of 90,175, nested tournaments apart)", "92", "about 3 ETH", "2 to 5 weeks", "cartesi/dave prt/contracts/src/tournament/libs/Gas.sol, dave/docs/dave.pdf"),
        new("Optimism fault proofs", "about 14,600,000 (73 moves of 200,000)", "73", "grows with depth", "–", "ethereum-optimism/specs fault-dispute-game.md, bond-incentives.md"),
        new("Arbitrum BoLD", "–", "binary over 26 + 19 + 23 levels", "thousands of ETH", "12.8 days", "OffchainLabs/bold docs/research-specs"),
    ];

    private readonly MarketConnection _market;
    private readonly TransactionSender _deployer;
    private readonly RandomNumberGenerator _random = RandomNumberGenerator.Create();
    private readonly List<TransactionSender> _senders = [];
    private readonly Address _judge;

    private DisputeBenchmark(MarketConnection market)
    {
        _market = market;
        _deployer = market.Sender(Deployer, Fast);
        _judge = market.Deployment.Dispute!.Value;
    }

    private static SenderOptions Fast { get; } = new() { PollInterval = TimeSpan.FromMilliseconds(10), InclusionTimeout = TimeSpan.FromSeconds(60) };

    public static async Task<int> RunAsync(string bench, TextWriter report)
    {
        var folder = Directory.CreateTempSubdirectory("dispute-bench");
        var contracts = Path.GetFullPath(Path.Combine(bench, "..", "contracts"));
        var chain = await DevChain.StartAsync(contracts, Path.Combine(folder.FullName, "chain.log"), 31_999, TimeSpan.Zero, TimeProvider.System, CancellationToken.None);
        try
        {
            var file = Path.Combine(folder.FullName, "deployment.json");
            await chain.DeployAsync(contracts, file, CancellationToken.None);
            using var market = await MarketConnection.OpenAsync(chain.Rpc, await Deployment.ReadAsync(file, CancellationToken.None), TimeProvider.System, CancellationToken.None);
            using var benchmark = new DisputeBenchmark(market);
            var games = new List<(GameResult Game, IReadOnlyList<(string Name, CallGas Gas)> Calls)>();
            foreach (var steps in (long[])[1_000_000_000, 10_000_000_000]) games.Add(await benchmark.PlayAsync(bench, steps, report));
            Write(bench, games, report);
            return 0;
        }
        finally
        {
            await chain.Process.StopAsync(TimeSpan.FromSeconds(5), TimeProvider.System, CancellationToken.None);
            folder.Delete(recursive: true);
        }
    }

    public void Dispose()
    {
        foreach (var sender in _senders) sender.Dispose();
        _deployer.Dispose();
        _random.Dispose();
    }

    private static void Write(string bench, List<(GameResult Game, IReadOnlyList<(string Name, CallGas Gas)> Calls)> games, TextWriter report)
    {
        var (game, calls) = games[^1];
        CallGas Of(string name) => calls.First(call => call.Name == name).Gas;
        var moves = calls.Where(call => call.Name == "move").Select(call => call.Gas).ToList();
        var move = new CallGas((ulong)moves.Average(m => (double)m.Standard), (ulong)moves.Average(m => (double)m.Floor));
        var result = new DisputeResult(
            game.Gas.Standard, game.Gas.Floor, game.Transactions, Of("open"), move, Of("prove"), Of("settle"), games[0].Game.Seconds, game.Seconds,
            "5 CRD (the bond of the public profile) and gas for open and three moves", [.. games.Select(g => g.Game)], Peers,
            "sha256 kernel; an honest operator against a challenger that lies from the middle of the run on; local chain of blocks at once; seconds are wall time, the sides one after the other");
        var target = Path.Combine(Directory.CreateDirectory(Path.Combine(bench, "results")).FullName, "dispute.json");
        File.WriteAllText(target, JsonSerializer.Serialize(result, DisputeResultsContext.Default.DisputeResult) + "\n");
        report.WriteLine(Line("ours", $"{result.GameGas:N0} ({result.GameGasFloor:N0} with EIP-7623)", $"{result.Transactions}", "one bond", "hours"));
        foreach (var peer in Peers) report.WriteLine(Line(peer.System, peer.Gas, peer.Moves, peer.Capital, peer.Delay));
        report.WriteLine($"wrote {target}");
    }

    private static string Line(string system, string gas, string moves, string capital, string delay) => $"{system,-22} {gas,-66} {moves,-34} {capital,-18} {delay}";

    private async Task<(GameResult, IReadOnlyList<(string, CallGas)>)> PlayAsync(string bench, long wanted, TextWriter report)
    {
        var wasm = await File.ReadAllBytesAsync(Path.Combine(bench, "kernels", "sha256.wasm"));
        var program = MachineProgram.Lower(wasm) ?? throw new InvalidOperationException("sha256 does not lower");
        var (frame, end, steps) = Sized(program, wanted);
        report.WriteLine(string.Create(CultureInfo.InvariantCulture, $"a run of {steps:N0} steps"));
        var (consumer, honest, liar) = (await ActorAsync(500), await ActorAsync(500), await ActorAsync(500));
        var input = new ManifestRecord(BlobName.Of(frame), BlobName.Of([]));
        var manifest = new Manifest([input]);
        var work = new Work(BlobName.Of(wasm).Root, (uint)wasm.Length, program.Root, manifest.Name.Root, Pages, OutputLimit);
        var (terms, lease) = await LeaseAsync(consumer, honest, work);
        var list = new ResultList([new TaskletResult((TaskletStatus)end.Status, end.ExitCode, end.FuelUsed, end.Output)]);
        (await _market.As(honest).CommitAsync(terms, lease, list.Name.Root, CancellationToken.None)).Require();
        (await _market.Token.ApproveAsync(liar, _judge, Units(500), CancellationToken.None)).Require();
        var words = new Market.Chain.Generated.DisputeGame.TermsTuple(terms.ToCostWord(), terms.ToRuleWord(), terms.ScopeHash());
        var accusation = new AccusationTuple(
            words, new(terms.ClassKey.Packed, terms.Work, terms.DeviceNumbers()), new(work.Module, work.Program, work.Manifest, work.ToLimitsWord()), lease.ToWord(), 0,
            HexBytes.Wrap(list.Content), [], HexBytes.Wrap(manifest.Content), [], HexBytes.Wrap(program.Preimage.ToArray()));
        var reader = new ContractReader(_market.Client, _judge);
        var (rounds, _) = await reader.ReadAsync<MeasureOfFunction, MeasureOfResult>(new(Mfuel, (byte)program.CodeDepth), CancellationToken.None);

        var calls = new List<(string, CallGas)>();
        async Task<TransactionReceipt> SendAsync<T>(TransactionSender by, string name, T call)
            where T : IAbiFunction<T>
        {
            var receipt = (await by.SendAsync(_judge, call, CancellationToken.None)).Require();
            var tokens = AbiCodec.EncodeCall(call).Span.ToArray().Sum(b => b == 0 ? 1L : 4L);
            calls.Add((name, new CallGas(receipt.GasUsed, TransactionGas + (10 * (ulong)tokens))));
            return receipt;
        }

        var parameters = Parameters(program, frame);
        var started = Stopwatch.GetTimestamp();
        using var tale = new CrookedAccount(new RunAccount(program, parameters, frame, []), steps / 2);
        using var truth = new RunAccount(program, parameters, frame, []);
        var (start, length) = (0L, 1L << (5 * rounds));
        var hashes = tale.Cut(0, length, CancellationToken.None);
        var opened = await SendAsync(liar, "open", new OpenFunction(accusation, [.. hashes]));
        var (game, from) = (opened.Of<GameOpenedEvent>(_judge).Single().Game, opened.Of<GameOpenedEvent>(_judge).Single().From);
        for (var move = 1; ; move++)
        {
            var (by, account) = move % 2 == 1 ? (honest, (IRunAccount)truth) : (liar, tale);
            var part = length / 32;
            var index = Enumerable.Range(0, 32).First(i => hashes[i] != account.At(start + (part * (i + 1)), CancellationToken.None));
            var (agreedAt, agreed) = (start + (part * index), index == 0 ? from : hashes[index - 1]);
            var parting = new PartingTuple(from, index + 1, agreed, index == 0 ? [] : [.. Path32(hashes, index - 1)], hashes[index], [.. Path32(hashes, index)]);
            if (part == 1)
            {
                if (by != honest) throw new InvalidOperationException("the liar stands before the proof: another number of rounds is needed");
                await SendAsync(by, "prove", new ProveFunction(game, parting, HexBytes.Wrap(account.Show(agreedAt, CancellationToken.None).Proof)));
                break;
            }

            hashes = account.Cut(agreedAt, part, CancellationToken.None);
            await SendAsync(by, "move", new DissectFunction(game, parting, [.. hashes]));
            (start, from, length) = (agreedAt, agreed, part);
        }

        await SendAsync(honest, "settle", new Settle(words, lease.ToWord(), 0, liar.Account));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var gas = new CallGas((ulong)calls.Sum(c => (long)c.Item2.Standard), (ulong)calls.Sum(c => (long)Math.Max(c.Item2.Standard, c.Item2.Floor)));
        report.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {calls.Count} transactions, {gas.Standard:N0} gas, {seconds:F1} s"));
        return (new GameResult(steps, rounds, calls.Count, seconds, gas), calls);
    }

    /// <summary>The kernel at a size at which it takes about so many steps, and how it ends.</summary>
    private static (byte[] Frame, MachineHalt End, long Steps) Sized(MachineProgram program, long wanted)
    {
        (byte[], MachineHalt, long) At(long size)
        {
            var frame = new InputFrame(["sha256", size.ToString(CultureInfo.InvariantCulture)], 0).Encode();
            using var account = new RunAccount(program, Parameters(program, frame), frame, []);
            return (frame, account.End(CancellationToken.None), account.Length(CancellationToken.None));
        }

        var (_, _, one) = At(1);
        var (_, _, two) = At(2);
        return At(Math.Max(1, (wanted - one) / (two - one)));
    }

    private static MachineParameters Parameters(MachineProgram program, byte[] frame) => program.Parameters(frame.Length, 0, Mfuel * 1_000_000UL, Pages, OutputLimit)!;

    private static List<Hash256> Path32(IReadOnlyList<Hash256> hashes, int index)
    {
        var path = new List<Hash256>();
        for (var level = hashes.ToArray(); level.Length > 1; index >>= 1)
        {
            path.Add(level[index ^ 1]);
            level = [.. level.Chunk(2).Select(pair => Keccak256.Hash(pair[0], pair[1]))];
        }

        return path;
    }

    private static Amount Units(uint tokens) => new((UInt128)tokens * 1_000_000);

    private async Task<TransactionSender> ActorAsync(uint credit)
    {
        var key = EthereumKey.Generate(_random);
        await new DevChainClient(_market.Client.Rpc).SetBalanceAsync(key.Address, UInt128.Parse("10000000000000000000", CultureInfo.InvariantCulture), CancellationToken.None);
        var sender = _market.Sender(key, Fast);
        _senders.Add(sender);
        (await _market.Token.MintAsync(_deployer, key.Address, Units(2 * credit), CancellationToken.None)).Require();
        (await _market.Token.ApproveAsync(sender, _market.Deployment.Market, Units(credit), CancellationToken.None)).Require();
        (await _market.As(sender).DepositAsync(Units(credit), CancellationToken.None)).Require();
        return sender;
    }

    private async Task<(Terms, Lease)> LeaseAsync(TransactionSender consumer, TransactionSender provider, Work work)
    {
        var book = new ClassKey(RuntimeKind.Wasm, AttestationLevel.SelfDeclared);
        var until = (await _market.Clock.NowAsync(CancellationToken.None)).Plus(24 * 3_600);
        var market = _market.As(provider);
        var registered = (await market.RegisterDeviceAsync(provider.Account, Units(400), "https://127.0.0.1:7443", Keccak256.Hash(provider.Account.ToArray()), CancellationToken.None)).Require();
        var device = new DeviceId(registered.Of<DeviceRegisteredEvent>(_market.Deployment.Market).Single().Device);
        (await _market.Registry.DeclareAsync(provider, new DeclareFunction(device.Value, book.Packed, 10_000, 512, 4, until.Seconds), CancellationToken.None)).Require();
        (await market.PlaceBidAsync(device, book, new Tick(700), 4, until, 0b110, CancellationToken.None)).Require();
        var terms = new Terms
        {
            Consumer = consumer.Account,
            Nonce = await _market.Market.OfferNonceAsync(consumer.Account, CancellationToken.None),
            ClassKey = book,
            Total = 1,
            Mfuel = Mfuel,
            MaxTick = new Tick(800),
            LeaseSeconds = 3_600,
            WindowSeconds = 80_000,
            Deadline = until,
            Verdict = Verdict.Optimistic,
            BondBps = 20_000,
            MinScore = 1,
            Work = work.Hash(),
            Devices = [device],
        };
        var posted = (await _market.As(consumer).PostAndMatchAsync(terms, work, CancellationToken.None)).Require();
        return (terms, posted.Of<LeasedEvent>(_market.Deployment.Market).Single().ToDomain());
    }
}
