using Market.Hashing;

namespace Market.Wasm.Machine.Fast;

/// <summary>Bulk instructions, chunk by chunk as in the specification, since a budget may end between any two.</summary>
public sealed unsafe partial class FastMachine
{
    /// <returns>True when all is done but the closing step, false to trap, null when the budget ended before.</returns>
    private bool? Bulk(MachineOp op, byte* dirty, ref long left)
    {
        var sp = (ulong*)_stack.First + _regs.Sp;
        var size = (ulong)_regs.Pages << 16;
        ulong second = (uint)sp[-2];
        var first = op == MachineOp.OutputCopy ? second : (uint)sp[-3];
        var done = sp[-1] >> 32;
        ulong rest = (uint)sp[-1];
        var fits = op switch
        {
            MachineOp.MemoryCopy => first + done + rest <= size && second + done + rest <= size,
            MachineOp.MemoryFill => first + done + rest <= size,
            MachineOp.InputCopy => first + done + rest <= size && second + done + rest <= Parameters.InputLength,
            _ => second + done + rest <= size && _regs.OutputLength + rest <= Parameters.OutputLimit,
        };
        if (!fits) return left > 0 ? false : null;
        if (op == MachineOp.OutputCopy) GrowOutput(_regs.OutputLength + (long)rest);
        for (; rest > 0 && left > 0; left--)
        {
            var chunk = op switch
            {
                MachineOp.MemoryCopy when first > second => CopyBack(first + done, second + done, rest, dirty),
                MachineOp.MemoryCopy => Copy(_memory.First + second + done, first + done, Chunk(rest, first + done, second + done), dirty),
                MachineOp.MemoryFill => Fill(first + done, (byte)second, Chunk(rest, first + done, 0), dirty),
                MachineOp.InputCopy => CopyInput(first + done, second + done, rest, dirty),
                _ => Append(second + done, Chunk(rest, second + done, _regs.OutputLength)),
            };
            if (op != MachineOp.MemoryCopy || first <= second) done += chunk;
            rest -= chunk;
        }

        sp[-1] = (done << 32) | rest;
        return rest == 0 && left > 0 ? true : null;
    }

    private static ulong Chunk(ulong left, ulong a, ulong b) => Math.Min(left, ByteTree.LeafSize - Math.Max(a % ByteTree.LeafSize, b % ByteTree.LeafSize));

    private ulong Copy(byte* from, ulong to, ulong chunk, byte* dirty)
    {
        Buffer.MemoryCopy(from, _memory.First + to, chunk, chunk);
        dirty[to >> PagedTree.PageBits] = 1;
        return chunk;
    }

    private ulong CopyBack(ulong to, ulong from, ulong left, byte* dirty)
    {
        var chunk = Math.Min(left, Math.Min((to + left - 1) % ByteTree.LeafSize, (from + left - 1) % ByteTree.LeafSize) + 1);
        return Copy(_memory.First + from + left - chunk, to + left - chunk, chunk, dirty);
    }

    private ulong Fill(ulong to, byte value, ulong chunk, byte* dirty)
    {
        _memory.Span((long)to, (int)chunk).Fill(value);
        dirty[to >> PagedTree.PageBits] = 1;
        return chunk;
    }

    private ulong CopyInput(ulong to, ulong position, ulong left, byte* dirty)
    {
        var inFrame = position < Parameters.FrameLength;
        var source = inFrame ? _frame : _stdin;
        if (!inFrame) position -= Parameters.FrameLength;
        var chunk = Math.Min(Chunk(left, to, position), (ulong)source.Length - position);
        fixed (byte* from = source) return Copy(from + position, to, chunk, dirty);
    }

    private ulong Append(ulong from, ulong chunk)
    {
        _memory.Span((long)from, (int)chunk).CopyTo(_output.Span(_regs.OutputLength, (int)chunk));
        _regs.OutputLength += (uint)chunk;
        return chunk;
    }
}
