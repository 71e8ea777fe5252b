using Market.Chain.Generated.DisputeGame;
using Market.Chain.Tests.Fixture;
using Market.Chain.Transactions;
using Market.Ethereum;
using Market.Hashing;
using Market.Wasm.Machine;
using Market.Wasm.Machine.Stepping;

namespace Market.Chain.Tests.Machine;

/// <summary>Whole games about short runs: whoever holds to a false account loses, from either side, whoever moves last.</summary>
public sealed class GameTests(LocalMarket local)
{
    private const int FrameSlot = 14;

    // Step at which the lie begins; below zero counted from the end. Each changes how the run ends.
    private static readonly (string Program, string Lie, int At, Func<SpecState, SpecState> Tell)[] Lies =
    [
        ("sums in a loop", "a local's value", 77, s => Changed(s, stack: bytes => bytes[(FrameSlot * 8) + 7] ^= 4)),
        ("computes with floats", "a float's last bit", -13, s => Changed(s, stack: bytes => bytes[(FrameSlot * 8) + 7] ^= 1)),
        ("reads and writes", "a byte of memory", 15, s => Changed(s, memory: bytes => bytes[300] ^= 1)),
        ("reads and writes", "a byte of output", -4, s => Changed(s, output: bytes => bytes[3] ^= 0x80)),
        ("recurses", "fuel", 31, s => Changed(s, registers: r => r with { Fuel = r.Fuel + 1 })),
        ("recurses", "a branch", 3, s => Changed(s, registers: r => r with { Pc = 15 })),
        ("returns several results", "a global", 13, s => Changed(s, stack: bytes => bytes[(3 * 8) + 7] ^= 1)),
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task ALiar_LosesFromEitherSide(byte rounds)
    {
        var table = await GameTable.SetAsync(local);
        var (honest, liar) = (await local.ActorAsync(0, 0), await local.ActorAsync(0, 0));
        foreach (var (name, lie, at, tell) in Lies)
        {
            var program = MachinePrograms.All.Single(p => p.Name == name);
            var truth = new GameAccount(program);
            var tale = new GameAccount(program, at < 0 ? truth.Length + at : at, tell);
            Assert.NotEqual(truth.At(long.MaxValue), tale.At(long.MaxValue));

            var accused = await table.PlayAsync(await table.OpenAsync(rounds, provider: (liar, tale), challenger: (honest, truth)));
            var slandered = await table.PlayAsync(await table.OpenAsync(rounds, provider: (honest, truth), challenger: (liar, tale)));

            Assert.True(accused.Player == honest.Account && slandered.Player == honest.Account, $"{name}: {lie}");
            Assert.Equal((SideCode.Challenger, SideCode.Provider), (accused.Winner, slandered.Winner));
        }
    }

    [Fact]
    public async Task GamesSideBySide_EndEachOnItsOwn()
    {
        var table = await GameTable.SetAsync(local);
        var (honest, liar) = (await local.ActorAsync(0, 0), await local.ActorAsync(0, 0));
        var program = MachinePrograms.All[0];
        var truth = new GameAccount(program);
        var games = new List<GameTable.OpenGame>();
        for (var i = 0; i < 8; i++)
        {
            var tale = new GameAccount(program, 2 + (12 * (i + 3)), Lies[0].Tell);
            games.Add(await table.OpenAsync(2, provider: (honest, truth), challenger: (liar, tale)));
        }

        foreach (var game in games) (await table.MoveAsync(game)).Require();
        var ends = new List<GameWonEvent>();
        foreach (var game in games.AsEnumerable().Reverse()) ends.Add(await table.PlayAsync(game));

        Assert.All(ends, end => Assert.Equal(honest.Account, end.Player));
    }

    [Fact]
    public async Task AStallingSide_LosesAtItsClockAndNotBefore()
    {
        var table = await GameTable.SetAsync(local);
        var (honest, liar) = (await local.ActorAsync(0, 0), await local.ActorAsync(0, 0));
        var (truth, tale) = (new GameAccount(MachinePrograms.All[0]), new GameAccount(MachinePrograms.All[0], 50, Lies[0].Tell));
        var game = await table.OpenAsync(2, provider: (liar, tale), challenger: (honest, truth));

        var early = await honest.Sender.SendAsync(table.Games, new TimeoutFunction(game.Id), Cancel);
        await local.PassAsync(GameTable.Pool + 1);
        var late = await table.MoveAsync(game);
        var end = await honest.Sender.SendAsync(table.Games, new TimeoutFunction(game.Id), Cancel);
        var again = await honest.Sender.SendAsync(table.Games, new TimeoutFunction(game.Id), Cancel);

        Assert.Equal("GameClockRuns", Assert.IsType<SendOutcome.Refused>(early).Error.Name);
        Assert.Equal("GameClockOver", Assert.IsType<SendOutcome.Refused>(late).Error.Name);
        Assert.IsType<SendOutcome.Mined>(end);
        Assert.Equal("GameOver", Assert.IsType<SendOutcome.Refused>(again).Error.Name);
    }

    [Fact]
    public async Task MovesOutOfTurnOrOutOfPlace_AreRefused()
    {
        var table = await GameTable.SetAsync(local);
        var (honest, liar) = (await local.ActorAsync(0, 0), await local.ActorAsync(0, 0));
        var (truth, tale) = (new GameAccount(MachinePrograms.All[0]), new GameAccount(MachinePrograms.All[0], 50, Lies[0].Tell));
        var game = await table.OpenAsync(2, provider: (honest, truth), challenger: (liar, tale));
        var disputed = Enumerable.Range(0, 32).First(i => game.Hashes[i] != truth.At(32 * (i + 1)));
        var good = new PartingTuple(
            game.From, disputed + 1, truth.At(32 * disputed), disputed == 0 ? [] : [.. GameAccount.Path(game.Hashes, disputed - 1)],
            game.Hashes[disputed], [.. GameAccount.Path(game.Hashes, disputed)]);
        var mine = truth.Cut(32 * disputed, 32);

        async Task<string> TryAsync(Actor by, PartingTuple parting, Hash256[] hashes) =>
            Assert.IsType<SendOutcome.Refused>(await by.Sender.SendAsync(table.Games, new DissectFunction(game.Id, parting, [.. hashes]), Cancel)).Error.Name;

        Assert.Equal("GameNotMover", await TryAsync(liar, good, mine));
        Assert.Equal("GameNotItsPosition", await TryAsync(honest, good with { From = truth.At(1) }, mine));
        Assert.Equal("GameNotItsPosition", await TryAsync(honest, good with { Disputed = truth.At(7) }, mine));
        Assert.Equal("GameBadPath", await TryAsync(honest, good with { Agreed = truth.At(7) }, mine));
        Assert.Equal("GameBadIndex", await TryAsync(honest, good with { Index = 0 }, mine));
        Assert.Equal("GameBadIndex", await TryAsync(honest, good with { Index = 33 }, mine));
        Assert.Equal("GameNothingDisputed", await TryAsync(honest, good, [.. mine[..31], game.Hashes[disputed]]));
        var soon = await honest.Sender.SendAsync(table.Games, new ProveFunction(game.Id, good, HexBytes.Wrap(truth.ProofAt(0))), Cancel);
        Assert.Equal("GameStillDissecting", Assert.IsType<SendOutcome.Refused>(soon).Error.Name);
        Assert.Equal(honest.Account, (await table.PlayAsync(game)).Player);
    }

    private static SpecState Changed(
        SpecState s, Action<byte[]>? stack = null, Action<byte[]>? memory = null, Action<byte[]>? output = null,
        Func<MachineRegisters, MachineRegisters>? registers = null)
    {
        byte[] Copy(MachineTree tree, Action<byte[]>? change)
        {
            var bytes = s.Content(tree).ToArray();
            change?.Invoke(bytes);
            return bytes;
        }

        return new SpecState(
            s.Parameters, registers?.Invoke(s.Registers) ?? s.Registers, s.Content(MachineTree.Code), Copy(MachineTree.Stack, stack),
            Copy(MachineTree.Memory, memory), s.Content(MachineTree.Frame), s.Content(MachineTree.Stdin), Copy(MachineTree.Output, output));
    }
}
