namespace Market.Wasm;

/// <summary>
/// Caps on what is accepted, so that no small binary costs a device much time or memory to check, compile or prove.
/// Part of the canonicaliser's version: a change of any of them needs a new <see cref="Canonicaliser.Version"/>.
/// </summary>
public static class Limits
{
    /// <summary>Bytes of a binary, before and after canonicalisation.</summary>
    public const int ModuleBytes = 32 << 20;

    /// <summary>Function types of a module.</summary>
    public const int Types = 10_000;

    /// <summary>Parameters, and results, of one function type.</summary>
    public const int Arity = 1_000;

    /// <summary>Functions of a module, imports included (100,000 empty ones take Cranelift seven seconds).</summary>
    public const int Functions = 50_000;

    /// <summary>Globals of a module.</summary>
    public const int Globals = 10_000;

    /// <summary>Exports, and imports, of a module.</summary>
    public const int Names = 10_000;

    /// <summary>Bytes of a name.</summary>
    public const int NameBytes = 100_000;

    /// <summary>Entries of the table.</summary>
    public const int TableEntries = 1 << 17;

    /// <summary>Data segments, and element segments, of a module.</summary>
    public const int Segments = 100_000;

    /// <summary>Bytes of one function's body.</summary>
    public const int BodyBytes = 4 << 20;

    /// <summary>Labels of one br_table, which Wasmtime bounds as well.</summary>
    public const int Labels = 65_000;

    /// <summary>
    /// Sum over all functions of the square of their blocks, loops, ifs and conditional branches: Cranelift's time grows
    /// so within a function (30,000 ifs took 17 s of processor time, so this is about 5 s).
    /// </summary>
    public const long BlocksSquared = 1L << 28;

    /// <summary>Sum over all functions of blocks times slots, the other such term (16,000 × 900 took 13 s).</summary>
    public const long BlocksTimesSlots = 1L << 23;

    /// <summary>Instructions of the step machine's program (256 MiB); large real modules have under a million.</summary>
    public const int ProgramInstructions = 1 << 24;

    /// <summary>Nesting of blocks in one function.</summary>
    public const int Nesting = 4_000;

    /// <summary>Slots of one frame: parameters, locals, operands and the return record.</summary>
    public const int FrameSlots = 1 << 13;

    /// <summary>Sum of the slots of all active frames; deeper calls trap.</summary>
    public const int StackSlots = 1 << 17;

    /// <summary>Pages (64 KiB each) that a 32-bit memory can have.</summary>
    public const uint MemoryPages = 1 << 16;
}
