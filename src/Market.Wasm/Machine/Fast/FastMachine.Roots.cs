using System.Buffers.Binary;
using Market.Hashing;
using Market.Wasm.Machine.Stepping;

namespace Market.Wasm.Machine.Fast;

/// <summary>Roots, hashes and proofs of the state that the machine stands in. Only pages that changed are hashed again.</summary>
public sealed partial class FastMachine
{
    private const int SlotsPerPage = PagedTree.PageSize / sizeof(ulong);

    // A frame's slots, the record of its callee and a copy of its own.
    private const int FrameReach = Limits.FrameSlots + 16;

    private readonly byte[] _dirty;
    private readonly byte[] _page = new byte[PagedTree.PageSize];
    private readonly byte[] _inputPreimage = new byte[2 * Hash256.Size];
    private ulong[]? _hashedStack;
    private PagedTree _stackTree = null!;
    private PagedTree _memoryTree = null!;
    private PagedTree _outputTree = null!;
    private SparseByteTree? _codeTree;
    private byte[] _runPreimage = [];
    private Hash256 _run;
    private uint _hashedOutput;

    /// <summary>The roots of the mutable trees.</summary>
    public MachineRoots Roots
    {
        get
        {
            Settle();
            return new MachineRoots(_stackTree.Root, _memoryTree.Root, _outputTree.Root);
        }
    }

    /// <summary>The preimage of <see cref="Hash"/>.</summary>
    public byte[] Preimage => End is { } end ? end.Encode() : MachineHash.StatePreimage(_run, _regs, Roots);

    /// <summary>The state's hash.</summary>
    public Hash256 Hash => Keccak256.Hash(Preimage);

    /// <inheritdoc/>
    public ReadOnlySpan<byte> InputPreimage => _inputPreimage;

    /// <summary>Does one step and returns the proof with which anyone who knows only the hash before can do it too.</summary>
    public byte[] Prove()
    {
        if (End is { } end) return end.Encode();
        var recorder = new ProofRecorder(this, [.. Preimage, .. _runPreimage]);
        End = StepSpec.Step(recorder, ref _regs);
        Steps++;
        _highest = Math.Max(_highest, _regs.Sp);
        return recorder.Proof;
    }

    /// <inheritdoc/>
    public IReadOnlyList<Hash256> Siblings(MachineTree tree, uint leaf)
    {
        switch (tree)
        {
            case MachineTree.Frame: return ByteTree.Siblings(_frame, leaf);
            case MachineTree.Stdin: return ByteTree.Siblings(_stdin, leaf);
            case MachineTree.Code:
                _codeTree ??= CodeTree(_program);
                return _codeTree.Siblings((int)leaf);
            default: break;
        }

        Settle();
        var page = (int)(leaf >> 5);
        return tree switch
        {
            MachineTree.Stack => _stackTree.Siblings(leaf, StackPage(page)),
            MachineTree.Memory => _memoryTree.Siblings(leaf, MemoryPage(page)),
            _ => _outputTree.Siblings(leaf, OutputPage(page)),
        };
    }

    /// <inheritdoc/>
    public Hash256 OutputRoot(uint length) => ByteTree.Root(Output[..(int)length]);

    private static SparseByteTree CodeTree(MachineProgram program)
    {
        var tree = new SparseByteTree(program.CodeDepth);
        for (var leaf = 0; leaf * ByteTree.LeafSize < program.CodeBytes.Length; leaf++)
        {
            var start = leaf * ByteTree.LeafSize;
            tree.Set(leaf, ByteTree.HashLeaf(program.CodeBytes.AsSpan(start, Math.Min(ByteTree.LeafSize, program.CodeBytes.Length - start))));
        }

        return tree;
    }

    private void Commit(MachineProgram program, MachineParameters parameters)
    {
        ByteTree.Root(_frame).CopyTo(_inputPreimage);
        ByteTree.Root(_stdin).CopyTo(_inputPreimage.AsSpan(Hash256.Size));
        _runPreimage = MachineHash.RunPreimage(program.CodeRoot, Keccak256.Hash(_inputPreimage), parameters);
        _run = Keccak256.Hash(_runPreimage);
        _stackTree = new PagedTree(MachineParameters.StackDepth);
        _memoryTree = new PagedTree(parameters.MemoryDepth);
        _outputTree = new PagedTree(parameters.OutputDepth);
    }

    private void Settle()
    {
        HashMarked(_dirty);
        HashMarked(_unhashed);

        var slots = (int)Math.Min(_highest + FrameReach, MachineParameters.StackSlots);
        var stack = StackSpan(slots);
        _hashedStack ??= new ulong[MachineParameters.StackSlots];
        for (var start = 0; start < slots; start += SlotsPerPage)
        {
            var length = Math.Min(SlotsPerPage, slots - start);
            if (stack.Slice(start, length).SequenceEqual(_hashedStack.AsSpan(start, length))) continue;
            stack.Slice(start, length).CopyTo(_hashedStack.AsSpan(start));
            _stackTree.Set(start / SlotsPerPage, StackPage(start / SlotsPerPage));
        }

        if (_hashedOutput == _regs.OutputLength) return;
        for (var page = (int)(_hashedOutput >> PagedTree.PageBits); (long)page << PagedTree.PageBits < _regs.OutputLength; page++) _outputTree.Set(page, OutputPage(page));
        _hashedOutput = _regs.OutputLength;
    }

    private void HashMarked(byte[] marks)
    {
        for (var page = Array.IndexOf(marks, (byte)1); page >= 0; page = Array.IndexOf(marks, (byte)1, page + 1))
        {
            _memoryTree.Set(page, MemoryPage(page));
            _unsaved[page] |= _dirty[page];
            _dirty[page] = 0;
            _unhashed[page] = 0;
        }
    }

    private ReadOnlySpan<byte> StackPage(int page)
    {
        for (var i = 0; i < SlotsPerPage; i++) BinaryPrimitives.WriteUInt64BigEndian(_page.AsSpan(8 * i), StackWord((page * SlotsPerPage) + i));
        return _page;
    }

    private ReadOnlySpan<byte> MemoryPage(int page)
    {
        var start = (long)page << PagedTree.PageBits;
        if (start < _memory.Length) return _memory.Span(start, PagedTree.PageSize);
        Array.Clear(_page);
        return _page;
    }

    private ReadOnlySpan<byte> OutputPage(int page)
    {
        var start = (long)page << PagedTree.PageBits;
        Array.Clear(_page);
        if (start < _output.Length) _output.Span(start, (int)Math.Min(PagedTree.PageSize, _output.Length - start)).CopyTo(_page);
        return _page;
    }

    private unsafe ReadOnlySpan<ulong> StackSpan(int slots) => new(_stack.First, slots);
}
