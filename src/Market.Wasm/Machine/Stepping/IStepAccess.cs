using Market.Hashing;

namespace Market.Wasm.Machine.Stepping;

/// <summary>The trees that a step may open.</summary>
public enum MachineTree
{
    /// <summary>Instructions; never written.</summary>
    Code,

    /// <summary>Globals, then frames.</summary>
    Stack,

    /// <summary>Linear memory.</summary>
    Memory,

    /// <summary>The input frame; never written.</summary>
    Frame,

    /// <summary>What follows the frame in the input; never written.</summary>
    Stdin,

    /// <summary>Output so far; only appended to.</summary>
    Output,
}

/// <summary>
/// All that a step sees and does beside registers. One leaf of each tree is open at a time; opening the leaf that is open
/// already is free, opening another closes it (and folds it in, if written). The sequence of openings is the proof format.
/// </summary>
public interface IStepAccess
{
    /// <summary>The run's constants.</summary>
    MachineParameters Parameters { get; }

    /// <summary>The 128 bytes of a leaf within the tree. Good until the next call.</summary>
    ReadOnlySpan<byte> Open(MachineTree tree, uint leaf);

    /// <summary>Opens a leaf and overwrites a part of it.</summary>
    void Write(MachineTree tree, uint leaf, int offset, ReadOnlySpan<byte> bytes);

    /// <summary>Root of the least tree that holds the output's first <paramref name="length"/> bytes, all that is not zero in it.</summary>
    Hash256 OutputRoot(uint length);
}
