namespace Market.Wasm.Machine.Lowering;

/// <summary>A place in the code that instructions can name before it is known.</summary>
internal sealed class CodeLabel
{
    public List<int> Users { get; } = [];

    public int? Position { get; set; }
}

/// <summary>The code under construction. Branches and calls name their targets in b.</summary>
internal sealed class CodeBuilder
{
    private readonly List<MachineInstruction> _code = [];

    public int Position => _code.Count;

    public IReadOnlyList<MachineInstruction> Code => _code;

    /// <exception cref="RefusalException">The program is larger than <see cref="Limits.ProgramInstructions"/>.</exception>
    public void Emit(MachineOp op, uint b = 0, ushort a = 0, ulong imm = 0)
    {
        // Branches that carry many values lower to as many instructions, so the module's size bounds the program's badly.
        if (_code.Count == Limits.ProgramInstructions) throw RefusalException.TooLarge($"more than {Limits.ProgramInstructions} instructions of the step machine", 0);
        _code.Add(new MachineInstruction(op, a, b, imm));
    }

    /// <summary>Emits an instruction whose b is a label's position.</summary>
    public void Emit(MachineOp op, CodeLabel target, ushort a = 0, ulong imm = 0)
    {
        if (target.Position is null) target.Users.Add(_code.Count);
        Emit(op, (uint)(target.Position ?? 0), a, imm);
    }

    /// <summary>Puts a label here.</summary>
    public void Bind(CodeLabel label)
    {
        label.Position = _code.Count;
        foreach (var user in label.Users) _code[user] = _code[user] with { B = (uint)_code.Count };
        label.Users.Clear();
    }
}
