using Market.Chain.Generated.DisputeGame;
using Market.Client.Disputes;
using Market.Unit.Tests.Wasm.Machine.Accounts;
using Market.Wasm.Machine.Fast;
using Market.Wasm.Machine.Stepping;

namespace Market.Unit.Tests.Client.Disputes;

public sealed class GameMoveTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void ALie_AtAnyStep_LosesFromEitherSide(int rounds)
    {
        var run = ShortRun.Echo();
        for (var at = 1; at < run.Length; at += rounds == 7 ? 97 : 41)
        {
            // A lie that the run mends again by writing over it is none: try the next step.
            using var truth = run.Account();
            using var lie = run.Account(null, (at, Tell));
            if (lie.At(long.MaxValue / 2, Cancel) == truth.At(long.MaxValue / 2, Cancel)) continue;
            // Shorter games end before the run does: both sides have to differ there, as they do about a committed result.
            if (lie.At(1L << (5 * rounds), Cancel) == truth.At(1L << (5 * rounds), Cancel)) continue;

            Assert.Equal(SideCode.Challenger, new PaperGame(rounds, provider: lie, challenger: truth).Play());
            Assert.Equal(SideCode.Provider, new PaperGame(rounds, provider: truth, challenger: lie).Play());
        }

        static void Tell(FastMachine machine) => machine.Write(MachineTree.Memory, 4_064 / 128, 4_064 % 128, [0xee, 0xee, 0xee, 0xee]);
    }

    [Fact]
    public void APosition_FollowsTheAccounts()
    {
        var run = ShortRun.Starved();
        using var truth = run.Account();
        using var lie = run.Account(null, (run.Length / 2, machine => machine.Write(MachineTree.Memory, 500, 0, [1])));
        var game = new PaperGame(3, provider: lie, challenger: truth);
        game.Play();

        var parts = Enumerable.Range(1, game.Entry.Accounts.Count).Select(n => GamePosition.Of(game.Entry, n)).ToList();

        Assert.Equal([1L << 15, 1L << 10, 32L], parts.Select(p => p.Length));
        Assert.Equal([SideCode.Provider, SideCode.Challenger, SideCode.Provider], parts.Select(p => p.Mover));
        var last = parts[^1];
        Assert.InRange((run.Length / 2) - 1, last.Start, last.Start + last.Length);
        Assert.True(last.IsLast);
    }

    [Fact]
    public void TwoEqualAccounts_HaveNoMove()
    {
        var run = ShortRun.Trap();
        using var one = run.Account();
        using var other = run.Account();
        var game = new PaperGame(2, one, other);

        Assert.IsType<GameMove.Stuck>(GameMove.Of(GamePosition.Of(game.Entry), one, Cancel));
    }
}
