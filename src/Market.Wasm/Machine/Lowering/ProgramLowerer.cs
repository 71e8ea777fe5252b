using Market.Wasm.Canonical;
using Market.Wasm.Format;

namespace Market.Wasm.Machine.Lowering;

/// <summary>
/// Lowers a linked module: pc 0 jumps over the trap at pc 1 to the call of <c>_run</c>, behind which the program halts;
/// then the functions in their order, then the table's entries.
/// </summary>
internal sealed class ProgramLowerer
{
    private readonly LinkedModule _module;
    private readonly CodeLabel[] _entries;
    private readonly CodeLabel _table = new();
    private readonly uint?[] _elements;
    private readonly List<MachineFunction> _functions = [];
    private readonly TypeTable _types = new();

    private ProgramLowerer(LinkedModule module)
    {
        _module = module;
        _entries = [.. Enumerable.Range(0, module.Imports.Count + module.Functions.Count).Select(_ => new CodeLabel())];
        _elements = new uint?[module.Source.Table?.Minimum ?? 0];
        foreach (var segment in module.Source.Elements)
        {
            for (var i = 0; i < segment.Functions.Length; i++) _elements[segment.Start + i] = module.Function(segment.Functions[i]);
        }
    }

    public CodeBuilder Code { get; } = new();

    /// <summary>Where the binary form makes a NaN canonical: after these instructions.</summary>
    public List<CanonicalResult> Canonical { get; } = [];

    public static MachineProgram Lower(LinkedModule module)
    {
        var lowerer = new ProgramLowerer(module);
        lowerer.Lower();
        return new MachineProgram(
            [.. lowerer.Code.Code],
            [.. module.Globals.Where((_, i) => i != module.Fuel && i != module.Room).Select(g => g.Initial)],
            MemoryImage.Of(module.Source),
            module.Source.Memory?.Minimum ?? 0,
            module.Source.Memory is { } memory ? memory.Maximum ?? Limits.MemoryPages : 0,
            [.. lowerer._functions],
            (uint)lowerer._table.Position!.Value,
            [.. lowerer.Canonical]);
    }

    /// <summary>Calls a function, or does what a primitive does in its place.</summary>
    public void EmitCall(uint function)
    {
        if (function < _module.Imports.Count && _module.Runs)
        {
            Code.Emit(_module.Imports[(int)function].Name switch
            {
                "in_len" => MachineOp.InputLength,
                "in_read" => MachineOp.InputCopy,
                "out_write" => MachineOp.OutputCopy,
                _ => MachineOp.Exit,
            });
            return;
        }

        Code.Emit(MachineOp.Call, _entries[function], (ushort)Type(function).Parameters.Length);
    }

    public void EmitIndirectCall(FunctionType type) =>
        Code.Emit(MachineOp.CallIndirect, _table, imm: ((ulong)_elements.Length << 32) | _types.Index(type));

    public void EmitGlobal(Opcode op, uint global)
    {
        var get = op == Opcode.GlobalGet;
        if (global == _module.Fuel) Code.Emit(get ? MachineOp.FuelGet : MachineOp.FuelSet);
        else if (global == _module.Room) throw new InvalidOperationException("only guards touch the room for frames");
        else Code.Emit((MachineOp)op, Slot(global));
    }

    // Fuel and room, which are registers, leave no gap.
    private uint Slot(uint global) => global - (global > _module.Fuel ? 1u : 0) - (global > _module.Room ? 1u : 0);

    private FunctionType Type(uint function) => function < _module.Imports.Count
        ? _module.Imports[(int)function].Type
        : _module.Functions[(int)function - _module.Imports.Count].Type;

    private void Lower()
    {
        Code.Emit(MachineOp.Branch, 2);
        Code.Emit(MachineOp.Halt, a: MachineHalt.Trapped);
        if (_module.Runs) Code.Emit(MachineOp.Call, _entries[^1]);
        Code.Emit(MachineOp.Halt, a: MachineHalt.Exited);
        for (var i = 0u; i < _module.Imports.Count; i++)
        {
            // In modules that are called rather than run: a place where a test host can stop the machine.
            if (_module.Runs) continue;
            Begin(i, null);
            Code.Emit(MachineOp.Trap);
        }

        for (var i = 0; i < _module.Functions.Count; i++)
        {
            var function = _module.Functions[i];
            Begin((uint)(_module.Imports.Count + i), function.Origin);
            FunctionLowerer.Lower(this, function.Annotate(), function.References);
        }

        Code.Bind(_table);
        foreach (var element in _elements)
        {
            if (element is not { } function) Code.Emit(MachineOp.Trap);
            else Code.Emit(MachineOp.TableEntry, _entries[function], (ushort)Type(function).Parameters.Length, _types.Index(Type(function)));
        }
    }

    private void Begin(uint function, uint? origin)
    {
        Code.Bind(_entries[function]);
        var type = Type(function);
        _functions.Add(new MachineFunction((uint)Code.Position, origin, type.Parameters.Length, type.Results.Length));
    }
}
