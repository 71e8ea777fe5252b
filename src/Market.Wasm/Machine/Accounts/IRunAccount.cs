using Market.Hashing;

namespace Market.Wasm.Machine.Accounts;

/// <summary>
/// One side's account of a run: its state after any number of steps. What a side of a dispute plays with. A run that has
/// halted stays where it is, so every number of steps has a state.
/// </summary>
public interface IRunAccount : IDisposable
{
    /// <summary>The state's hash after <paramref name="step"/> steps.</summary>
    Hash256 At(long step, CancellationToken cancel);

    /// <summary>
    /// The 32 states that cut the segment of <paramref name="length"/> steps from <paramref name="start"/> on into equal
    /// parts: after start + length/32, start + 2·length/32, … start + length.
    /// </summary>
    /// <param name="start">Steps before the segment.</param>
    /// <param name="length">Its steps, a multiple of 32.</param>
    /// <param name="cancel">Stops; the account can go on being asked.</param>
    IReadOnlyList<Hash256> Cut(long start, long length, CancellationToken cancel);

    /// <summary>The proof of the one step from the state after <paramref name="step"/> steps, and what stands there.</summary>
    StepScene Show(long step, CancellationToken cancel);
}

/// <summary>One step as people and the judge see it.</summary>
/// <param name="Step">Steps before it.</param>
/// <param name="Registers">The registers before it.</param>
/// <param name="Instruction">What it executes; null if the run has halted or the instruction does not exist.</param>
/// <param name="Function">The consumer's function that it belongs to, by index; null for what the canonicaliser added.</param>
/// <param name="Offset">Instructions from that function's entry.</param>
/// <param name="Operands">The topmost slots of the stack, top first, at most three.</param>
/// <param name="Proof">The step's proof.</param>
/// <param name="Before">Hash of the state before it.</param>
/// <param name="After">Hash of the state after it.</param>
public sealed record StepScene(
    long Step, MachineRegisters Registers, MachineInstruction? Instruction, uint? Function, uint Offset, IReadOnlyList<ulong> Operands, byte[] Proof, Hash256 Before, Hash256 After);
