using System.Buffers.Binary;
using Market.Hashing;
using Market.Wasm.Machine.Stepping;

namespace Market.Wasm.Machine.Fast;

/// <summary>Why the fast machine returned.</summary>
public enum FastStop
{
    /// <summary>The budget of steps is used up.</summary>
    Budget,

    /// <summary>It stands before an instruction with a breakpoint.</summary>
    Breakpoint,

    /// <summary>The run is over.</summary>
    Halted,
}

/// <summary>
/// The step machine at speed: no hashing, allocation or virtual call in the loop, and yet the state after any step is to the
/// bit that of <see cref="StepSpec"/>. Runs programs that <see cref="MachineProgram.Lower(ReadOnlySpan{byte})"/> made and
/// nothing else: their frames stay within the stack by validation and guards, so only memory is checked for bounds.
/// For one thread at a time.
/// </summary>
public sealed partial class FastMachine : IProvableState, IDisposable
{
    private readonly MachineProgram _program;
    private readonly FastCode _code;
    private readonly NativeBlock _stack = new((long)MachineParameters.StackSlots * sizeof(ulong));
    private readonly NativeBlock _memory;
    private readonly byte[] _frame;
    private readonly byte[] _stdin;
    private readonly byte[] _leaf = new byte[ByteTree.LeafSize];
    private NativeBlock _output = new(1 << 12);
    private MachineRegisters _regs;
    // Slots that frames were ever entered at lie below; a frame's own reach further, by at most FrameReach.
    private long _highest;

    /// <summary>A run's first state. Frame and stdin are as long as the parameters say.</summary>
    /// <exception cref="PlatformNotSupportedException">The processor is big-endian.</exception>
    public FastMachine(MachineProgram program, MachineParameters parameters, ReadOnlySpan<byte> frame, ReadOnlySpan<byte> stdin)
    {
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("the fast machine runs on little-endian processors");
        _program = program;
        Parameters = parameters;
        _code = new FastCode(program.Code);
        _memory = new NativeBlock((long)parameters.MaximumPages << 16);
        _frame = frame.ToArray();
        _stdin = stdin.ToArray();
        _dirty = new byte[(_memory.Length >> PagedTree.PageBits) + 1];
        _unsaved = new byte[_dirty.Length];
        _unhashed = new byte[_dirty.Length];
        _regs = program.InitialRegisters(parameters);
        for (var i = 0; i < program.Globals.Length; i++) SetStackWord(i, program.Globals[i]);
        program.Memory.ForEach((leaf, bytes) =>
        {
            bytes.Span.CopyTo(_memory.Span(leaf * (long)ByteTree.LeafSize, ByteTree.LeafSize));
            _dirty[leaf >> (PagedTree.PageBits - 7)] = 1;
        });
        _highest = program.Globals.Length;
        Commit(program, parameters);
    }

    /// <inheritdoc/>
    public MachineParameters Parameters { get; }

    /// <summary>Registers; of a halted state those of its last running one.</summary>
    public MachineRegisters Registers => _regs;

    /// <summary>Steps done since the first state.</summary>
    public long Steps { get; private set; }

    /// <summary>How the run ended; null while it runs.</summary>
    public MachineHalt? End { get; private set; }

    /// <summary>Output so far.</summary>
    public ReadOnlySpan<byte> Output => _output.Span(0, (int)_regs.OutputLength);

    /// <summary>A slot of the stack.</summary>
    public ulong Slot(uint slot) => StackWord(slot);

    /// <summary>A part of memory that exists.</summary>
    public ReadOnlySpan<byte> Memory(uint start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + (long)length, (long)_regs.Pages << 16);
        return _memory.Span(start, length);
    }

    /// <summary>Puts the machine anywhere: for hosts that call functions of modules that are no programs.</summary>
    internal void Move(MachineRegisters registers) => _regs = registers;

    /// <summary>Sets a slot, likewise.</summary>
    internal void SetSlot(uint slot, ulong value) => SetStackWord(slot, value);

    /// <summary>Stops whenever the machine is about to execute this instruction.</summary>
    public void Break(uint pc) => _code.Break(pc);

    /// <summary>Goes on until the budget is used up, a breakpoint is reached or the run is over. At least one step is done.</summary>
    public FastStop Run(long steps)
    {
        var goal = Steps + steps;
        if (End is null && steps > 0 && _code.HasBreakpoint(_regs.Pc)) StepSlowly();
        while (End is null && Steps < goal)
        {
            if (_code.HasBreakpoint(_regs.Pc)) return FastStop.Breakpoint;
            var left = Loop(goal - Steps);
            Steps = goal - left;
            // Whatever the loop does not do itself.
            if (left > 0 && !_code.HasBreakpoint(_regs.Pc)) StepSlowly();
        }

        return End is null ? FastStop.Budget : FastStop.Halted;
    }

    /// <summary>Does one step by the specification, over this machine's memory.</summary>
    public void StepSlowly()
    {
        if (End is not null) return;
        var pc = (int)_regs.Pc;
        Observe(pc, stored: true);
        End = StepSpec.Step(this, ref _regs);
        Steps++;
        _highest = Math.Max(_highest, _regs.Sp);
        Observe(pc, stored: false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _code.Dispose();
        _stack.Dispose();
        _memory.Dispose();
        _output.Dispose();
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Open(MachineTree tree, uint leaf)
    {
        var start = (long)leaf * ByteTree.LeafSize;
        switch (tree)
        {
            case MachineTree.Memory: return _memory.Length < start + ByteTree.LeafSize ? Padded([]) : _memory.Span(start, ByteTree.LeafSize);
            case MachineTree.Stack:
                for (var i = 0; i < 16; i++) BinaryPrimitives.WriteUInt64BigEndian(_leaf.AsSpan(8 * i), StackWord((leaf * 16) + i));
                return _leaf;
            case MachineTree.Output:
                GrowOutput(start + ByteTree.LeafSize);
                return _output.Span(start, ByteTree.LeafSize);
            case MachineTree.Code: return Padded(Part(_program.CodeBytes, start));
            case MachineTree.Frame: return Padded(Part(_frame, start));
            default: return Padded(Part(_stdin, start));
        }
    }

    /// <inheritdoc/>
    public void Write(MachineTree tree, uint leaf, int offset, ReadOnlySpan<byte> bytes)
    {
        var start = ((long)leaf * ByteTree.LeafSize) + offset;
        switch (tree)
        {
            case MachineTree.Memory:
                bytes.CopyTo(_memory.Span(start, bytes.Length));
                _dirty[start >> PagedTree.PageBits] = 1;
                break;
            case MachineTree.Stack:
                for (var i = 0; i < bytes.Length; i += 8) SetStackWord((start + i) / 8, BinaryPrimitives.ReadUInt64BigEndian(bytes[i..]));
                break;
            case MachineTree.Output:
                GrowOutput(start + bytes.Length);
                bytes.CopyTo(_output.Span(start, bytes.Length));
                // No step writes below the output's end; whoever does all the same changes what was hashed and saved.
                _hashedOutput = Math.Min(_hashedOutput, (uint)start);
                if (start < _savedOutput.Length) _savedOutput = [];
                break;
            default: throw new InvalidOperationException($"no step writes to {tree}");
        }
    }

    private static ReadOnlySpan<byte> Part(byte[] bytes, long start) =>
        start >= bytes.Length ? [] : bytes.AsSpan((int)start, (int)Math.Min(ByteTree.LeafSize, bytes.Length - start));

    private ReadOnlySpan<byte> Padded(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == ByteTree.LeafSize) return bytes;
        Array.Clear(_leaf);
        bytes.CopyTo(_leaf);
        return _leaf;
    }

    private void GrowOutput(long length)
    {
        if (length <= _output.Length) return;
        var grown = new NativeBlock(Math.Max(length, 2 * _output.Length));
        _output.Span(0, (int)_output.Length).CopyTo(grown.Span(0, (int)_output.Length));
        _output.Dispose();
        _output = grown;
    }

    private unsafe ulong StackWord(long slot) => ((ulong*)_stack.First)[slot];

    private unsafe void SetStackWord(long slot, ulong value) => ((ulong*)_stack.First)[slot] = value;
}
