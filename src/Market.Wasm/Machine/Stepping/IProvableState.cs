using Market.Hashing;

namespace Market.Wasm.Machine.Stepping;

/// <summary>A whole state that can show paths into its trees.</summary>
public interface IProvableState : IStepAccess
{
    /// <summary>frame root ‖ stdin root.</summary>
    ReadOnlySpan<byte> InputPreimage { get; }

    /// <summary>The hashes that lead from a leaf to its tree's root as it is now, nearest first.</summary>
    IReadOnlyList<Hash256> Siblings(MachineTree tree, uint leaf);
}
