using System.Buffers.Binary;

namespace Market.Wasm.Machine.Stepping;

/// <summary>
/// Memory, input and output. Bulk instructions do one chunk per step, the largest that lies in one leaf on either side,
/// and keep count in the slot of their length: bytes done 4 ‖ bytes left 4. Each step judges the whole range that is left.
/// </summary>
public sealed partial class StepSpec
{
    /// <summary>Bytes of memory; no more than its tree has, which no reachable state has fewer than pages of.</summary>
    private ulong MemorySize => Math.Min((ulong)_regs.Pages << 16, (ulong)LeafSize << _access.Parameters.MemoryDepth);

    private bool Load(MachineOp op, uint offset)
    {
        if (!InStack(_regs.Sp - 1L, 1)) return false;
        var address = (uint)Slot(_regs.Sp - 1L) + (ulong)offset;
        var size = MemoryAccess.Size(op);
        if (address + (ulong)size > MemorySize) return false;
        Span<byte> bytes = stackalloc byte[8];
        bytes.Clear();
        for (var done = 0; done < size;)
        {
            var part = Math.Min(size - done, LeafSize - InLeaf(address + (ulong)done));
            Leaf(MachineTree.Memory, address + (ulong)done, part).CopyTo(bytes[done..]);
            done += part;
        }

        SetSlot(_regs.Sp - 1L, MemoryAccess.Extend(op, BinaryPrimitives.ReadUInt64LittleEndian(bytes)));
        return Next();
    }

    private bool Store(MachineOp op, uint offset)
    {
        if (!InStack(_regs.Sp - 2L, 2)) return false;
        var value = Slot(_regs.Sp - 1L);
        var address = (uint)Slot(_regs.Sp - 2L) + (ulong)offset;
        var size = MemoryAccess.Size(op);
        if (address + (ulong)size > MemorySize) return false;
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        for (var done = 0; done < size;)
        {
            var part = Math.Min(size - done, LeafSize - InLeaf(address + (ulong)done));
            SetLeaf(MachineTree.Memory, address + (ulong)done, bytes.Slice(done, part));
            done += part;
        }

        return Next(-2);
    }

    private bool Grow()
    {
        if (!InStack(_regs.Sp - 1L, 1)) return false;
        var before = _regs.Pages;
        var pages = before + (ulong)(uint)Slot(_regs.Sp - 1L);
        var possible = pages <= _access.Parameters.MaximumPages;
        if (possible) _regs.Pages = (uint)pages;
        SetSlot(_regs.Sp - 1L, possible ? before : uint.MaxValue);
        return Next();
    }

    private bool MemoryCopy()
    {
        if (!Bulk(3, out var to, out var from, out var done, out var left)) return false;
        if (to + done + left > MemorySize || from + done + left > MemorySize) return false;
        if (left == 0) return Next(-3);
        if (to <= from)
        {
            var chunk = Chunk(left, to + done, from + done);
            Copy(MachineTree.Memory, from + done, MachineTree.Memory, to + done, chunk);
            return Progress(done + (ulong)chunk, left - (ulong)chunk);
        }
        else
        {
            // From the end, so that nothing is overwritten before it is copied.
            var chunk = (int)Math.Min(left, (ulong)Math.Min(InLeaf(to + done + left - 1), InLeaf(from + done + left - 1)) + 1);
            Copy(MachineTree.Memory, from + done + left - (ulong)chunk, MachineTree.Memory, to + done + left - (ulong)chunk, chunk);
            return Progress(done, left - (ulong)chunk);
        }
    }

    private bool MemoryFill()
    {
        if (!Bulk(3, out var to, out var value, out var done, out var left)) return false;
        if (to + done + left > MemorySize) return false;
        if (left == 0) return Next(-3);
        var chunk = Chunk(left, to + done, to + done);
        Span<byte> bytes = stackalloc byte[chunk];
        bytes.Fill((byte)value);
        SetLeaf(MachineTree.Memory, to + done, bytes);
        return Progress(done + (ulong)chunk, left - (ulong)chunk);
    }

    private bool InputCopy()
    {
        if (!Bulk(3, out var to, out var offset, out var done, out var left)) return false;
        var parameters = _access.Parameters;
        if (to + done + left > MemorySize || offset + done + left > parameters.InputLength) return false;
        if (left == 0) return Next(-3);
        var position = offset + done;
        if (position < parameters.FrameLength)
        {
            var chunk = Chunk(Math.Min(left, parameters.FrameLength - position), to + done, position);
            Copy(MachineTree.Frame, position, MachineTree.Memory, to + done, chunk);
            return Progress(done + (ulong)chunk, left - (ulong)chunk);
        }
        else
        {
            position -= parameters.FrameLength;
            var chunk = Chunk(left, to + done, position);
            Copy(MachineTree.Stdin, position, MachineTree.Memory, to + done, chunk);
            return Progress(done + (ulong)chunk, left - (ulong)chunk);
        }
    }

    private bool OutputCopy()
    {
        if (!Bulk(2, out _, out var from, out var done, out var left)) return false;
        if (from + done + left > MemorySize || _regs.OutputLength + left > _access.Parameters.OutputLimit) return false;
        if (left == 0) return Next(-2);
        var chunk = Chunk(left, _regs.OutputLength, from + done);
        Copy(MachineTree.Memory, from + done, MachineTree.Output, _regs.OutputLength, chunk);
        _regs.OutputLength += (uint)chunk;
        return Progress(done + (ulong)chunk, left - (ulong)chunk);
    }

    /// <summary>Reads the operands of a bulk instruction, lowest first; the first is zero if there are two.</summary>
    private bool Bulk(int operands, out ulong first, out ulong second, out ulong done, out ulong left)
    {
        first = second = done = left = 0;
        if (!InStack(_regs.Sp - (long)operands, operands)) return false;
        if (operands == 3) first = (uint)Slot(_regs.Sp - 3L);
        second = (uint)Slot(_regs.Sp - 2L);
        var length = Slot(_regs.Sp - 1L);
        done = length >> 32;
        left = (uint)length;
        return true;
    }

    /// <summary>Counts a chunk; pc stays for the next.</summary>
    private bool Progress(ulong done, ulong left)
    {
        SetSlot(_regs.Sp - 1L, (done << 32) | left);
        return true;
    }

    private static int Chunk(ulong left, ulong a, ulong b) => (int)Math.Min(left, (ulong)(LeafSize - Math.Max(InLeaf(a), InLeaf(b))));

    private void Copy(MachineTree source, ulong from, MachineTree target, ulong to, int length)
    {
        Span<byte> bytes = stackalloc byte[LeafSize];
        Leaf(source, from, length).CopyTo(bytes);
        SetLeaf(target, to, bytes[..length]);
    }

    private static int InLeaf(ulong position) => (int)(position % LeafSize);

    private ReadOnlySpan<byte> Leaf(MachineTree tree, ulong position, int length) =>
        _access.Open(tree, (uint)(position / LeafSize)).Slice(InLeaf(position), length);

    private void SetLeaf(MachineTree tree, ulong position, ReadOnlySpan<byte> bytes) =>
        _access.Write(tree, (uint)(position / LeafSize), InLeaf(position), bytes);
}
