using Market.Sandbox;
using Market.Worker.Engines;
using Wasmtime;

namespace Market.Worker.Running;

/// <summary>
/// The four primitives that a canonical module may call. Their bounds rules are those of the step machine: a range is
/// judged whole before a byte moves. One run at a time.
/// </summary>
internal sealed class HostFunctions
{
    private readonly OutputBuffer _output = new();
    private ReadOnlyMemory<byte> _input;
    private Memory? _memory;
    private uint _outputLimit;

    public ReadOnlySpan<byte> Output => _output.Written;

    public void Define(Linker linker)
    {
        linker.DefineFunction(CanonicalShape.ImportModule, CanonicalShape.InLen, () => _input.Length);
        linker.DefineFunction(CanonicalShape.ImportModule, CanonicalShape.InRead, (int destination, int offset, int length) =>
            Read((uint)destination, (uint)offset, (uint)length));
        linker.DefineFunction(CanonicalShape.ImportModule, CanonicalShape.OutWrite, (int source, int length) =>
            Write((uint)source, (uint)length));
        linker.DefineFunction(CanonicalShape.ImportModule, CanonicalShape.Exit, (int code) => Exit((uint)code));
    }

    public void Begin(Memory memory, ReadOnlyMemory<byte> input, uint outputLimit)
    {
        _memory = memory;
        _input = input;
        _outputLimit = outputLimit;
        _output.Clear();
    }

    /// <summary>Lets go of the run's input and memory.</summary>
    public void End()
    {
        _memory = null;
        _input = default;
    }

    private void Read(uint destination, uint offset, uint length)
    {
        // Sums of two 32-bit numbers, in 64 bits.
        if ((ulong)offset + length > (ulong)_input.Length || (ulong)destination + length > (ulong)_memory!.GetLength())
        {
            throw new HaltException(TrapKind.InputBounds, 0);
        }

        if (length > 0) _input.Span.Slice((int)offset, (int)length).CopyTo(_memory.GetSpan(destination, (int)length));
    }

    private void Write(uint source, uint length)
    {
        if ((ulong)source + length > (ulong)_memory!.GetLength()) throw new HaltException(TrapKind.OutputBounds, 0);
        if ((ulong)_output.Length + length > _outputLimit) throw new HaltException(TrapKind.OutputLimit, 0);
        if (length > 0) _output.Append(_memory.GetSpan(source, (int)length));
    }

    private static void Exit(uint code) => throw new HaltException(TrapKind.None, code);
}
