namespace Market.Wasm.Machine.Fast;

/// <summary>Snapshots, and going back to them: what a dispute's dissection does at each of its 32 borders.</summary>
public sealed partial class FastMachine
{
    // Pages that were written since the last snapshot, and since they were last hashed, when _dirty no longer says so.
    private readonly byte[] _unsaved;
    private readonly byte[] _unhashed;
    private PageTable? _memoryPages;
    private PageTable? _stackPages;
    private byte[] _savedOutput = [];

    /// <summary>Keeps the state. Copies only pages that were written since the last snapshot.</summary>
    public MachineSnapshot Snapshot()
    {
        var memory = _memoryPages ??= new PageTable(_dirty.Length);
        for (var page = 0; page < _dirty.Length - 1; page++)
        {
            if ((_dirty[page] | _unsaved[page]) == 0) continue;
            memory.Save(page, MemoryPage(page));
            _unsaved[page] = 0;
            _unhashed[page] |= _dirty[page];
            _dirty[page] = 0;
        }

        var stack = _stackPages ??= new PageTable((int)(MachineParameters.StackSlots / SlotsPerPage));
        for (var page = 0; page < StackPagesInUse; page++) stack.Save(page, StackBytes(page));
        if (_savedOutput.Length != _regs.OutputLength) _savedOutput = Output.ToArray();
        return new MachineSnapshot(Steps, _regs, End, memory.Share(), stack.Share(), _savedOutput);
    }

    /// <summary>Goes to a state that this machine was in, before or after the one it is in.</summary>
    public void Restore(MachineSnapshot snapshot)
    {
        // What was written since the last snapshot is found by its marks, what differs between snapshots by its pages.
        var memory = _memoryPages!;
        for (var page = 0; page < _dirty.Length - 1; page++)
        {
            var bytes = snapshot.Memory[page];
            if ((_dirty[page] | _unsaved[page]) == 0 && memory.Holds(page, bytes)) continue;
            Fill(_memory.Span((long)page << PagedTree.PageBits, PagedTree.PageSize), bytes);
            _dirty[page] = 0;
            _unsaved[page] = 0;
            _unhashed[page] = 1;
        }

        memory.Adopt(snapshot.Memory);
        for (var page = 0; page < StackPagesInUse; page++) Fill(StackBytes(page), snapshot.Stack[page]);
        _stackPages!.Adopt(snapshot.Stack);
        RestoreOutput(snapshot.Output);
        _regs = snapshot.Registers;
        End = snapshot.End;
        Steps = snapshot.Steps;
    }

    private int StackPagesInUse =>
        (int)((Math.Min(_highest + FrameReach, MachineParameters.StackSlots) + SlotsPerPage - 1) / SlotsPerPage);

    private Span<byte> StackBytes(int page) => _stack.Span((long)page * PagedTree.PageSize, PagedTree.PageSize);

    private static void Fill(Span<byte> target, byte[]? bytes)
    {
        if (bytes is null) target.Clear();
        else bytes.CopyTo(target);
    }

    private void RestoreOutput(byte[] output)
    {
        var hashed = (int)_hashedOutput;
        var longest = Math.Max(Math.Max((int)_regs.OutputLength, hashed), output.Length);
        GrowOutput(longest);
        _output.Span(0, longest).Clear();
        output.CopyTo(_output.Span(0, output.Length));
        _savedOutput = output;
        for (var page = 0; (long)page << PagedTree.PageBits < hashed; page++) _outputTree.Set(page, OutputPage(page));
        _hashedOutput = (uint)Math.Min(hashed, output.Length);
    }
}
