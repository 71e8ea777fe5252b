using Market.Hashing;
using Market.Wasm.Machine;
using Market.Wasm.Machine.Stepping;

namespace Market.Unit.Tests.Wasm.Machine;

public sealed class StepProofTests
{
    private const int Cases = 20_000;

    [Fact]
    public void Verify_OnEveryInstruction_FindsTheNextState()
    {
        var moved = 0;
        foreach (var step in new StepCases(1).Take(Cases))
        {
            var after = StepProof.Verify(step.Before, step.Proof);

            Assert.True(step.After == after, $"{step.Name}: {step.After} against {after}");
            if (step.Before != step.After) moved++;
        }

        // A jump to itself, and a trap at pc 1, lead to the state they come from.
        Assert.InRange(moved, Cases * 9 / 10, Cases);
    }

    [Fact]
    public void Verify_OfProofsThatWereTamperedWith_NeverPasses()
    {
        var dice = new Random(2);
        var previous = new StepCases(3).Next(MachineOp.I32Add);
        foreach (var step in new StepCases(4).Take(Cases / 5))
        {
            var flipped = (byte[])step.Proof.Clone();
            flipped[dice.Next(flipped.Length)] ^= (byte)(1 << dice.Next(8));
            Assert.Null(StepProof.Verify(step.Before, flipped));

            Assert.Null(StepProof.Verify(step.Before, step.Proof.AsSpan(0, dice.Next(step.Proof.Length))));
            Assert.Null(StepProof.Verify(step.Before, [.. step.Proof, 0]));
            Assert.Null(StepProof.Verify(step.Before, previous.Proof));

            // Two different words of the proof trade places.
            var swapped = (byte[])step.Proof.Clone();
            var (i, j) = (32 * dice.Next(swapped.Length / 32), 32 * dice.Next(swapped.Length / 32));
            step.Proof.AsSpan(i, 32).CopyTo(swapped.AsSpan(j));
            step.Proof.AsSpan(j, 32).CopyTo(swapped.AsSpan(i));
            if (!swapped.AsSpan().SequenceEqual(step.Proof)) Assert.Null(StepProof.Verify(step.Before, swapped));
            previous = step;
        }
    }

    [Fact]
    public void Verify_OfAHaltedState_LeadsToItself()
    {
        var halted = new MachineHalt(MachineHalt.Exited, 3, 77, BlobName.Of("hello"u8));

        Assert.Equal(halted.Hash(), StepProof.Verify(halted.Hash(), halted.Encode()));
        Assert.Null(StepProof.Verify(halted.Hash(), (halted with { ExitCode = 4 }).Encode()));
    }
}
