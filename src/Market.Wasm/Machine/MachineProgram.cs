using System.Buffers.Binary;
using System.Collections.Immutable;
using Market.Hashing;
using Market.Wasm.Canonical;
using Market.Wasm.Format;
using Market.Wasm.Machine.Lowering;
using Market.Wasm.Validation;

namespace Market.Wasm.Machine;

/// <summary>Where a function stands in a program.</summary>
/// <param name="Entry">Index of its first instruction; it ends where the next begins.</param>
/// <param name="Origin">Its index in the consumer's module; null for what the canonicaliser adds.</param>
/// <param name="Parameters">Slots that it takes.</param>
/// <param name="Results">Slots that it returns.</param>
public sealed record MachineFunction(uint Entry, uint? Origin, int Parameters, int Results);

/// <summary>An instruction whose result, or for a store whose value, the binary form makes canonical if it is a NaN.</summary>
internal readonly record struct CanonicalResult(int Pc, bool Single);

/// <summary>
/// A module as the step machine runs it: a pure function of the binary and <see cref="Canonicaliser.Version"/>.
/// <see cref="Root"/> commits to all that shapes a run beside input and limits.
/// </summary>
public sealed class MachineProgram
{
    /// <summary>Bytes of the root's preimage.</summary>
    public const int PreimageSize = 112;

    internal MachineProgram(
        ImmutableArray<MachineInstruction> code, ImmutableArray<ulong> globals, MemoryImage memory, uint initialPages, uint maximumPages,
        ImmutableArray<MachineFunction> functions, uint table, ImmutableArray<CanonicalResult> canonical)
    {
        Code = code;
        Globals = globals;
        Memory = memory;
        InitialPages = initialPages;
        MaximumPages = maximumPages;
        Functions = functions;
        Table = table;
        Canonical = canonical;
        CodeBytes = new byte[code.Length * MachineInstruction.Size];
        for (var i = 0; i < code.Length; i++) code[i].Encode(CodeBytes.AsSpan(i * MachineInstruction.Size));
        CodeDepth = ByteTree.Depth(CodeBytes.Length);
        CodeRoot = ByteTree.Root(CodeBytes);
        Preimage = Encode();
        Root = Keccak256.Hash(Preimage.Span);
    }

    /// <summary>The instructions.</summary>
    public ImmutableArray<MachineInstruction> Code { get; }

    /// <summary>Initial values of the globals, which are the stack's first slots.</summary>
    public ImmutableArray<ulong> Globals { get; }

    /// <summary>Memory at the start.</summary>
    public MemoryImage Memory { get; }

    /// <summary>Pages (64 KiB) of memory at the start.</summary>
    public uint InitialPages { get; }

    /// <summary>Pages that the module declares it will not exceed.</summary>
    public uint MaximumPages { get; }

    /// <summary>The functions by their entries, ascending.</summary>
    public ImmutableArray<MachineFunction> Functions { get; }

    /// <summary>Index of the table's first entry, behind the last function.</summary>
    public uint Table { get; }

    /// <summary>Levels of the code tree above its leaves.</summary>
    public int CodeDepth { get; }

    /// <summary>Root of the code tree.</summary>
    public Hash256 CodeRoot { get; }

    /// <summary>
    /// version 1 (= 1) ‖ code depth 1 ‖ zeros 2 ‖ globals 4 ‖ initial pages 4 ‖ maximum pages 4 ‖ code root ‖ stack root ‖
    /// root of the least tree that holds the initial pages.
    /// </summary>
    public ReadOnlyMemory<byte> Preimage { get; }

    /// <summary>keccak of the preimage: the program's identity.</summary>
    public Hash256 Root { get; }

    /// <summary>The instructions as the code tree holds them.</summary>
    internal byte[] CodeBytes { get; }

    /// <summary>Instructions whose result, or for a store whose value, the binary form makes canonical, ascending; here they already are.</summary>
    internal ImmutableArray<CanonicalResult> Canonical { get; }

    /// <summary>Lowers a binary that <see cref="Canonicaliser"/> accepts; null for any other, and for the few that lower to too large a program.</summary>
    public static MachineProgram? Lower(ReadOnlySpan<byte> wasm) => Lower(wasm, new MarketLinkage());

    /// <summary>The same under another linkage.</summary>
    internal static MachineProgram? Lower(ReadOnlySpan<byte> wasm, Linkage linkage)
    {
        try
        {
            var module = ModuleDecoder.Decode(wasm.ToArray());
            ModuleValidator.Validate(module);
            return ProgramLowerer.Lower(Linker.Plan(module, linkage));
        }
        catch (RefusalException)
        {
            return null;
        }
    }

    /// <summary>The constants of a run; null if the module starts with more memory than the cap.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A length or limit is none that a run may have.</exception>
    public MachineParameters? Parameters(long frameLength, long stdinLength, ulong fuel, uint pageCap, uint outputLimit)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fuel, (ulong)long.MaxValue);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pageCap, Limits.MemoryPages);
        if (InitialPages > pageCap) return null;
        return new MachineParameters(CodeDepth, Math.Min(MaximumPages, pageCap), outputLimit, checked((uint)frameLength), checked((uint)stdinLength), fuel);
    }

    /// <summary>The registers of a run's first state.</summary>
    public MachineRegisters InitialRegisters(MachineParameters parameters) =>
        new(0, (uint)Globals.Length, (uint)Globals.Length, InitialPages, 0, Limits.StackSlots, (long)parameters.FuelLimit);

    /// <summary>The function that an instruction belongs to; null for the program's frame and the table.</summary>
    public MachineFunction? FunctionAt(uint pc)
    {
        var (low, high) = (0, Functions.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Functions[middle].Entry <= pc) low = middle + 1;
            else high = middle;
        }

        return low == 0 ? null : Functions[low - 1];
    }

    /// <summary>The globals as the stack tree holds them.</summary>
    internal byte[] StackBytes()
    {
        var bytes = new byte[Globals.Length * 8];
        for (var i = 0; i < Globals.Length; i++) BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(i * 8), Globals[i]);
        return bytes;
    }

    private byte[] Encode()
    {
        var bytes = new byte[PreimageSize];
        bytes[0] = MachineParameters.Version;
        bytes[1] = (byte)CodeDepth;
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), (uint)Globals.Length);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(8), InitialPages);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(12), MaximumPages);
        CodeRoot.CopyTo(bytes.AsSpan(16));
        ByteTree.Root(StackBytes(), MachineParameters.StackDepth).CopyTo(bytes.AsSpan(48));
        Memory.Root(MachineParameters.DepthOfPages(InitialPages)).CopyTo(bytes.AsSpan(80));
        return bytes;
    }
}
