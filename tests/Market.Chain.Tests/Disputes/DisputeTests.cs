using System.Numerics;
using Market.Chain.Generated.DisputeGame;
using Market.Chain.Tests.Fixture;
using Market.Hashing;
using Market.Wasm.Machine;
using Market.Wasm.Machine.Accounts;
using Market.Wasm.Machine.Fast;
using Market.Wasm.Machine.Stepping;

namespace Market.Chain.Tests.Disputes;

/// <summary>
/// Whole disputes about real modules, bound to the market's money: whoever lies loses, in whatever it lies and on whichever
/// side, and every unit is where it should be.
/// </summary>
public sealed class DisputeTests(LocalMarket local)
{
    private const uint Bond = 1_000_000;
    private const uint MinStake = 100_000_000;
    private const ulong MostGas = 1_000_000;

    private static readonly Address Burned = Address.Parse("0x000000000000000000000000000000000000dEaD");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static readonly Dictionary<string, Func<Story, (IRunAccount Account, MachineHalt End)>> Lies = new()
    {
        ["the value of a local"] = s => s.Tale(i => i.Op is MachineOp.LocalGet, FlipTop),
        ["a constant"] = s => s.Tale(i => i.Op is MachineOp.I32Const, FlipTop),
        ["integer arithmetic"] = s => s.Tale(i => i.Op is MachineOp.I32Add or MachineOp.I32Sub or MachineOp.I32Mul, FlipTop),
        ["a comparison"] = s => s.Tale(i => i.Op is MachineOp.I32LtS or MachineOp.I32LtU or MachineOp.I32Eqz or MachineOp.I32Eq, FlipTop),
        ["a byte that was loaded"] = s => s.Tale(i => i.Op is >= MachineOp.I32Load and <= (MachineOp)0x35, FlipTop),
        ["a byte of memory"] = s => s.Tale(i => i.Op is >= (MachineOp)0x36 and <= (MachineOp)0x3e, (m, before) => FlipMemory(m, before)),
        ["a branch"] = s => s.Tale(i => i.Op is MachineOp.BranchIfZero or MachineOp.BranchIfNotZero, (m, before) => m.Move(m.Registers with { Pc = before.Pc + 1 == m.Registers.Pc ? before.Pc + 2 : before.Pc + 1 })),
        ["a call"] = s => s.Tale(i => i.Op is MachineOp.Call, (m, _) => m.SetSlot(m.Registers.Sp - 1, m.Slot(m.Registers.Sp - 1) + (1UL << 32))),
        ["a return"] = s => s.Tale(i => i.Op is MachineOp.Return, (m, _) => m.Move(m.Registers with { Pc = m.Registers.Pc + 1 })),
        ["fuel that is metered"] = s => s.Tale(i => i.Op is MachineOp.Meter, (m, _) => m.Move(m.Registers with { Fuel = m.Registers.Fuel + 1 })),
        ["a byte of output"] = s => s.Tale(i => i.Op is MachineOp.OutputCopy, (m, _) => { if (m.Output.Length > 0) m.Write(MachineTree.Output, 0, 0, [(byte)(m.Output[0] ^ 1)]); }),
        ["the exit code"] = s => s.Ending(end => end with { ExitCode = end.ExitCode + 1 }),
        ["the fuel in the record"] = s => s.Ending(end => end with { FuelUsed = end.FuelUsed - 1 }),
        ["how it ended"] = s => s.Ending(end => end with { Status = MachineHalt.Trapped, ExitCode = 0 }),
        ["the output's root"] = s => s.Ending(end => end with { Output = BlobName.Of("another output"u8) }),
    };

    public static TheoryData<string> EveryLie => [.. Lies.Keys];

    [Theory]
    [MemberData(nameof(EveryLie))]
    public async Task AProviderThatLies_LosesBondAndMinimumStake_AndTheFinderGetsItsShare(string lie)
    {
        using var story = Story.Text();
        var (tale, end) = Lies[lie](story);
        using var _ = tale;
        await AccuseAsync(story, tale, end);
    }

    [Theory]
    [MemberData(nameof(EveryLie))]
    public async Task AChallengerThatLies_LosesItsBond_AndTheHonestProviderIsPaid(string lie)
    {
        using var story = Story.Text();
        var (tale, end) = Lies[lie](story);
        using var _ = tale;
        await SlanderAsync(story, tale, end);
    }

    [Fact]
    public async Task AFloatsLastBit_AndAnotherInput_AreProvenWrongFromEitherSide()
    {
        using var fractal = Story.Fractal();
        var (floats, pixel) = fractal.Tale(i => i.Op is MachineOp.F64Add or MachineOp.F64Mul or MachineOp.F64Sub or MachineOp.F64Div, (m, _) => m.SetSlot(m.Registers.Sp - 1, m.Slot(m.Registers.Sp - 1) ^ (1UL << 62)));
        using var first = floats;
        await AccuseAsync(fractal, floats, pixel);
        await SlanderAsync(fractal, floats, pixel);

        using var text = Story.Text();
        var (other, end) = text.OtherInput("one two three two two"u8.ToArray());
        using var second = other;
        await AccuseAsync(text, other, end);
        await SlanderAsync(text, other, end);
    }

    public static TheoryData<string> EveryReading => [.. Reading.Kinds];

    [Theory]
    [MemberData(nameof(EveryReading))]
    public async Task AResultOfAStageThatReadsOthers_IsProvenWrongFromEitherSide(string kind)
    {
        var reading = await Reading.OfAsync(kind, Cancel);
        using var story = Story.Text(reading.Input.Stdin);
        // A run on another input of the same length is the lie that only this derivation can refute.
        var (tale, end) = story.OtherInput([.. reading.Input.Stdin.Select(b => b is (byte)'o' or (byte)'a' ? (byte)' ' : b)]);
        using var _ = tale;
        await AccuseAsync(story, tale, end, reading);
        await SlanderAsync(story, tale, end, reading);
    }

    private async Task AccuseAsync(Story story, IRunAccount tale, MachineHalt end, Reading? reading = null)
    {
        var table = new DisputeTable(local);
        var (consumer, liar, finder) = (await local.ActorAsync(100, 100), await local.ActorAsync(DisputeTable.Stake, DisputeTable.Stake), await local.ActorAsync(5, 0));
        var device = await liar.DeviceAsync(DisputeTable.Stake, 850);
        var what = await DisputeTable.CommitAsync(story, consumer, liar, device, end, reading);
        var lost = Bonded(what) + MinStake;
        var (worth, theirs, burned) = (await table.WorthAsync(finder.Account), await table.WorthAsync(consumer.Account), await table.WorthAsync(Burned));

        var (won, settled, moves, _) = await table.DisputeAsync(what, (liar, tale), (finder, story.Truth));

        Assert.Equal((SideCode.Challenger, finder.Account, finder.Account, (UInt128)Bond), (won.Winner, won.Player, settled.Payee, settled.Paid));
        Assert.InRange(moves, 5, 8);
        var after = await table.DeviceAsync(device);
        Assert.True(after.Banned);
        Assert.Equal((ulong)(DisputeTable.Stake * 1_000_000L - (long)lost), after.Stake);
        Assert.Equal(lost - ((lost + 1) / 2) - (lost / 5), await table.WorthAsync(finder.Account) - worth);
        Assert.Equal(lost / 5, await table.WorthAsync(consumer.Account) - theirs);
        Assert.Equal((lost + 1) / 2, await table.WorthAsync(Burned) - burned);
    }

    private async Task SlanderAsync(Story story, IRunAccount tale, MachineHalt end, Reading? reading = null)
    {
        var table = new DisputeTable(local);
        var (consumer, honest, liar) = (await local.ActorAsync(100, 100), await local.ActorAsync(DisputeTable.Stake, DisputeTable.Stake), await local.ActorAsync(5, 0));
        var device = await honest.DeviceAsync(DisputeTable.Stake, 850);
        var what = await DisputeTable.CommitAsync(story, consumer, honest, device, story.Truth.End(Cancel), reading);
        Assert.NotEqual(end, story.Truth.End(Cancel));
        var (worth, earned, burned) = (await table.WorthAsync(liar.Account), await table.WorthAsync(honest.Account), await table.WorthAsync(Burned));

        var (won, settled, moves, gas) = await table.DisputeAsync(what, (honest, story.Truth), (liar, tale));

        Assert.Equal((SideCode.Provider, honest.Account, honest.Account, (UInt128)(Bond * 60 / 100), (UInt128)(Bond * 40 / 100)), (won.Winner, won.Player, settled.Payee, settled.Paid, settled.Burned));
        Assert.Equal(-(BigInteger)Bond, await table.WorthAsync(liar.Account) - worth);
        TestContext.Current.TestOutputHelper?.WriteLine($"{moves} moves, {gas} gas");
        Assert.True(gas <= MostGas, $"a whole game of {moves} accounts took {gas} gas");
        Assert.Equal(Bond * 60 / 100, await table.WorthAsync(honest.Account) - earned);
        Assert.Equal(Bond * 40 / 100, await table.WorthAsync(Burned) - burned);
        (await consumer.Market.AcceptAsync(what.Terms, [what.Lease], Cancel)).Require();
        Assert.Equal(DisputeTable.Stake * 1_000_000UL + (ulong)what.Lease.Pay(Story.Mfuel).BaseUnits, (await table.DeviceAsync(device)).Stake);
    }

    private static BigInteger Bonded(DisputeTable.Case what)
    {
        var value = (BigInteger)what.Terms.MaxTick.Price.Raw * what.Terms.Mfuel * what.Terms.BondBps;
        var unit = new BigInteger(10_000) << 32;
        return (value + unit - 1) / unit;
    }

    private static void FlipTop(FastMachine m, MachineRegisters before) => m.SetSlot(m.Registers.Sp - 1, m.Slot(m.Registers.Sp - 1) ^ 1);

    // The address was second from the top before the store; operands above sp keep what they were.
    private static void FlipMemory(FastMachine m, MachineRegisters before)
    {
        var at = (uint)m.Slot(before.Sp - 2);
        if (m.Memory(at, 1).IsEmpty) return;
        m.Write(MachineTree.Memory, at / 128, (int)(at % 128), [(byte)(m.Memory(at, 1)[0] ^ 1)]);
    }
}
