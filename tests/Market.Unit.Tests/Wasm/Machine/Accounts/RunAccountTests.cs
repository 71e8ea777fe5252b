using Market.Wasm.Machine.Accounts;
using Market.Wasm.Machine.Fast;
using Market.Wasm.Machine.Stepping;

namespace Market.Unit.Tests.Wasm.Machine.Accounts;

public sealed class RunAccountTests
{
    private static readonly RunAccountOptions Tight = new() { SnapshotBytes = 64 << 10, Slice = 100 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Runs => ["echo", "starved", "trap"];

    [Theory]
    [MemberData(nameof(Runs))]
    public void Cut_OfAnySegment_IsWhatTheSpecificationSays(string name)
    {
        var run = Run(name);
        foreach (var options in (RunAccountOptions[])[new(), Tight])
        {
            using var account = run.Account(options);
            foreach (var length in (long[])[32, 64, 32 * 5, 32 * 32, 32 * 32 * 32])
            {
                // Starts all over the run and behind its end, at no round distance.
                for (long start = 0; start <= run.Length + length; start += length == 32 && options != Tight ? 5 : Math.Max(31, length / 20))
                {
                    var cut = account.Cut(start, length, Cancel);
                    for (var i = 0; i < 32; i++) Assert.Equal(run.At(start + (length / 32 * (i + 1))), cut[i]);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Show_OfAnyStep_ProvesItAndMovesNothing(string name)
    {
        var run = Run(name);
        using var account = run.Account(Tight);
        var dice = new Random(1);
        foreach (var step in Enumerable.Range(0, 200).Select(_ => dice.Next(run.Length + 40)).Append(run.Length - 1).Append(run.Length))
        {
            var scene = account.Show(step, Cancel);

            Assert.Equal((run.At(step), run.At(step + 1)), (scene.Before, scene.After));
            Assert.Equal(scene.After, StepProof.Verify(scene.Before, scene.Proof));
            Assert.Equal(step < run.Length, scene.Instruction is not null);
            Assert.Equal(run.At(step), account.At(step, Cancel));
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void End_IsTheRecordThatDevicesCommitTo(string name)
    {
        var run = Run(name);
        using var account = run.Account(Tight);

        Assert.Equal(run.End, account.End(Cancel));
        Assert.Equal(run.Length, account.Length(Cancel));
        Assert.Equal(run.End.Hash(), account.At(long.MaxValue / 2, Cancel));
        Assert.Equal(run.End.Output, Market.Hashing.BlobName.Of(account.Output(Cancel)));
    }

    [Fact]
    public void LaterCuts_CostAThirtySecondEach()
    {
        var run = ShortRun.Starved();
        using var account = run.Account();
        account.Cut(0, 32 * 32, Cancel);
        var first = account.StepsDone;

        account.Cut(17 * 32, 32, Cancel);

        Assert.InRange(account.StepsDone - first, 1, 64);
    }

    [Fact]
    public void ALongRun_KeepsItsSnapshotsWithinTheBudget()
    {
        var run = ShortRun.Starved();
        var shelf = new SnapshotShelf(20_000, 6);
        using var account = run.Account();
        using var machine = Machine(run);
        for (var i = 0; i < 60; i++)
        {
            shelf.Add(machine.Snapshot());
            machine.Run(20);
        }

        Assert.InRange(shelf.Count, 2, 7);
        Assert.InRange(shelf.Held, 1, 20_000);
        Assert.Equal(0, shelf.Before(0).Steps);
        // What is kept is spread over the run, not crowded at one end.
        Assert.InRange(shelf.Before(1_180).Steps, 600, 1_180);
    }

    [Fact]
    public void Cancelled_ItStopsAndCanBeAskedAgain()
    {
        var run = ShortRun.Starved();
        using var account = run.Account(Tight);

        Assert.Throws<OperationCanceledException>(() => account.Cut(0, 1 << 15, new CancellationToken(canceled: true)));

        Assert.Equal(run.At(1 << 10), account.Cut(0, 1 << 15, Cancel)[0]);
    }

    [Fact]
    public void Disposed_ItRefusesInsteadOfReadingFreedMemory()
    {
        var account = ShortRun.Echo().Account(Tight);
        account.Dispose();

        Assert.Throws<ObjectDisposedException>(() => account.Cut(0, 32, Cancel));
    }

    [Fact]
    public void ALie_IsToldWhereverTheAccountComesFrom()
    {
        var run = ShortRun.Echo();
        const long At = 333;
        using var account = run.Account(Tight, (At, Tell));
        using var again = run.Account(null, (At, Tell));
        var told = Enumerable.Range(0, run.Length + 50).Select(i => again.At(i, Cancel)).ToArray();

        for (var start = 0; start + 32 < told.Length; start += 7)
        {
            var cut = account.Cut(told.Length - 33 - start, 32, Cancel);
            for (var i = 0; i < 32; i++) Assert.Equal(told[told.Length - 32 - start + i], cut[i]);
        }

        Assert.Equal(run.At(At - 1), told[At - 1]);
        Assert.NotEqual(run.At(At), told[At]);
        Assert.NotEqual(run.End.Hash(), told[^1]);

        static void Tell(FastMachine machine) => machine.Write(MachineTree.Memory, 4_000 / 128, 4_000 % 128, [1]);
    }

    private static FastMachine Machine(ShortRun run) => new(run.Program, run.Parameters, new byte[run.Parameters.FrameLength], new byte[run.Parameters.StdinLength]);

    private static ShortRun Run(string name) => name switch
    {
        "echo" => ShortRun.Echo(),
        "starved" => ShortRun.Starved(),
        _ => ShortRun.Trap(),
    };
}
