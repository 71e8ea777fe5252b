using Market.Wasm.Format;
using Market.Wasm.Shim;
using Market.Wasm.Validation;

namespace Market.Wasm.Canonical;

/// <summary>
/// Joins a decoded module and the shim into one canonical module. Functions: imports, the module's own, the part of
/// the shim that is used, stand-ins for unsupported imports, <c>_run</c>. Globals: the module's own, then the shim's.
/// </summary>
internal sealed class Linker
{
    private readonly WasmModule _module;
    private readonly Linkage _linkage;
    private readonly ShimModule _shim = ShimModule.Instance;
    private readonly TypeTable _types = new();
    private readonly IReadOnlyList<FunctionImport> _imports;
    private readonly List<LinkedFunction> _linked = [];
    private readonly List<(FunctionType Type, WasmWriter Code, IReadOnlyList<BranchHint> Hints)> _functions = [];
    private readonly uint[] _targets;
    private readonly Dictionary<uint, uint> _shimIndices = [];
    private readonly List<FunctionType> _unsupported = [];
    private readonly uint _main;
    private long _blocksSquared;
    private long _blocksTimesSlots;

    private Linker(WasmModule module, Linkage linkage)
    {
        _module = module;
        _linkage = linkage;
        _imports = linkage.Imports(module);
        var main = linkage.Main(module);
        var targets = module.Imports.Select(linkage.Resolve).ToArray();
        var used = _shim.Reachable([.. targets.Where(t => t.Shim is not null).Select(t => t.Shim!.Value), .. Charged.Select(n => _shim.Find(n)!.Value)]);

        var next = (uint)(_imports.Count + module.Functions.Count);
        for (var i = 0u; i < ShimModule.Primitives; i++) _shimIndices[i] = i;
        foreach (var index in used) _shimIndices[index] = next++;
        _targets = new uint[targets.Length];
        for (var i = 0; i < targets.Length; i++)
        {
            if (targets[i].Unsupported is { } type)
            {
                _unsupported.Add(type);
                _targets[i] = next++;
            }
            else
            {
                _targets[i] = targets[i].Import ?? _shimIndices[targets[i].Shim!.Value];
            }
        }

        _main = main ?? uint.MaxValue;
    }

    private static IEnumerable<string> Charged => ["memory.copy", "memory.fill", "memory.grow"];

    private uint Fuel => (uint)_module.Globals.Count + ShimModule.Fuel;

    private uint Room => (uint)_module.Globals.Count + ShimModule.Room;

    private bool Runs => _main != uint.MaxValue;

    /// <summary>The canonical binary.</summary>
    public static byte[] Link(WasmModule module, Linkage linkage)
    {
        var linker = new Linker(module, linkage);
        linker.LinkFunctions();
        linker.EmitFunctions();
        var bytes = linker.Write();
        if (bytes.Length > Limits.ModuleBytes) throw RefusalException.TooLarge($"{bytes.Length} bytes in canonical form, more than {Limits.ModuleBytes}", 0);
        return bytes;
    }

    /// <summary>The module and the shim as one, from which the step machine's program is lowered.</summary>
    public static LinkedModule Plan(WasmModule module, Linkage linkage)
    {
        var linker = new Linker(module, linkage);
        linker.LinkFunctions();
        return new LinkedModule(linker._imports, linker._linked, linker.Globals, linker.Fuel, linker.Room, linker.Function, module, linker.Runs);
    }

    private uint Function(uint index) =>
        index < _targets.Length ? _targets[index] : index - (uint)_targets.Length + (uint)_imports.Count;

    private void LinkFunctions()
    {
        var own = new References(Function, 0, ShimFunction("memory.copy"), ShimFunction("memory.fill"), ShimFunction("memory.grow"));
        for (var i = 0; i < _module.Functions.Count; i++)
        {
            var index = i;
            _linked.Add(new LinkedFunction(_module.Functions[i], () => Annotate(index), own, (uint)(_module.Imports.Count + i)));
        }

        var shim = new References(i => _shimIndices[i], (uint)_module.Globals.Count, null, null, null);
        foreach (var index in _shimIndices.Keys.Where(i => i >= ShimModule.Primitives))
        {
            Add(_shim.Bodies[(int)index - ShimModule.Primitives], shim);
        }

        foreach (var type in _unsupported)
        {
            Add(Body(type, new Instruction(Opcode.I32Const, Imm: WasiSignatures.NotSupported)), own);
        }

        if (!Runs) return;
        var main = new Instruction(Opcode.Call, _main, Type: FunctionType.Empty);
        Add(_module.Start is { } start ? Body(FunctionType.Empty, main with { A = start }, main) : Body(FunctionType.Empty, main), own);
    }

    private void CheckCompileCost(ValidatedBody body, int offset)
    {
        _blocksSquared += (long)body.Blocks * body.Blocks;
        _blocksTimesSlots += (long)body.Blocks * body.FrameSlots;
        if (_blocksSquared > Limits.BlocksSquared) throw RefusalException.TooLarge($"functions of too many blocks: squared they sum to more than {Limits.BlocksSquared}", offset);
        if (_blocksTimesSlots > Limits.BlocksTimesSlots) throw RefusalException.TooLarge($"functions of too many blocks and locals: multiplied they sum to more than {Limits.BlocksTimesSlots}", offset);
    }

    private uint ShimFunction(string name) => _shimIndices[_shim.Find(name)!.Value];

    private static ValidatedBody Body(FunctionType type, params ReadOnlySpan<Instruction> code)
    {
        var body = new ValidatedBody(type) { MaxOperands = type.Results.Length };
        foreach (var instruction in code) body.Code.Add(instruction);
        body.Code.Add(new Instruction(Opcode.End, Type: new FunctionType([], type.Results)));
        return body;
    }

    private AnnotatedBody Annotate(int function)
    {
        var body = FunctionValidator.Validate(_module, function);
        CheckCompileCost(body, _module.Code[function].Start);
        return AnnotatedBody.Of(body);
    }

    private void Add(ValidatedBody body, References references) =>
        _linked.Add(new LinkedFunction(body.Type, () => AnnotatedBody.Of(body), references, null));

    private void EmitFunctions()
    {
        foreach (var function in _linked)
        {
            var (code, hints) = FunctionEmitter.Emit(function.Annotate(), function.References, _types, Fuel, Room);
            _functions.Add((function.Type, code, hints));
        }
    }

    private byte[] Write()
    {
        // Written before the types that they register, and standing behind them in the file.
        var declarations = new WasmWriter();
        declarations.Section(2, w => w.Vector(_imports, i =>
        {
            w.Name(i.Module);
            w.Name(i.Name);
            w.Byte((byte)ExternalKind.Function);
            w.U32(_types.Index(i.Type));
        }));
        declarations.Section(3, w => w.Vector(_functions, f => w.U32(_types.Index(f.Type))));

        var file = new WasmWriter();
        file.Bytes("\0asm\x01\0\0\0"u8);
        file.Section(1, w => w.FunctionTypes(_types.Types));
        file.Bytes(declarations.Written);
        if (_module.Table is { } table) file.Section(4, w => WriteTable(w, table));
        file.Section(5, w => w.Vector([_module.Memory ?? new SizeLimits(0, 0)], w.Limits));
        file.Section(6, WriteGlobals);
        file.Section(7, WriteExports);
        if (!Runs && _module.Start is { } start) file.Section(8, w => w.U32(Function(start)));
        if (_module.Elements.Count > 0) file.Section(9, w => w.Vector(_module.Elements, e => WriteElements(w, e)));
        file.Section(0, WriteHints);
        file.Section(10, w => w.Vector(_functions, f => w.Sized(f.Code)));
        if (_module.Data.Count > 0) file.Section(11, w => w.Vector(_module.Data, d => WriteData(w, d)));
        return file.Written.ToArray();
    }

    // No instruction of the subset changes a table, so it need not be larger than it starts.
    private static void WriteTable(WasmWriter writer, SizeLimits table) => writer.Vector([table], t =>
    {
        writer.Byte(0x70);
        writer.Limits(new SizeLimits(t.Minimum, t.Minimum));
    });

    private IReadOnlyList<Global> Globals
    {
        get
        {
            var shim = _shim.Module.Globals;
            var fuel = shim[(int)ShimModule.Fuel] with { Initial = (ulong)_linkage.InitialFuel };
            return [.. _module.Globals, fuel, .. shim.Skip(1)];
        }
    }

    private void WriteGlobals(WasmWriter writer) => writer.Vector(Globals, g => WriteGlobal(writer, g));

    private static void WriteGlobal(WasmWriter writer, Global global)
    {
        writer.Byte((byte)global.Type.Type);
        writer.Byte(global.Type.Mutable ? (byte)1 : (byte)0);
        switch (global.Type.Type)
        {
            case WasmType.I32:
                writer.Byte((byte)Opcode.I32Const);
                writer.Signed((int)global.Initial);
                break;
            case WasmType.I64:
                writer.Byte((byte)Opcode.I64Const);
                writer.Signed((long)global.Initial);
                break;
            case WasmType.F32:
                writer.Byte((byte)Opcode.F32Const);
                writer.Fixed32((uint)global.Initial);
                break;
            default:
                writer.Byte((byte)Opcode.F64Const);
                writer.Fixed64(global.Initial);
                break;
        }

        writer.Byte((byte)Opcode.End);
    }

    private void WriteExports(WasmWriter writer)
    {
        var exports = new List<(string Name, ExternalKind Kind, uint Index)>();
        if (Runs)
        {
            exports.Add(("memory", ExternalKind.Memory, 0));
            exports.Add(("_run", ExternalKind.Function, (uint)(_imports.Count + _functions.Count - 1)));
            exports.Add(("fuel", ExternalKind.Global, Fuel));
        }
        else
        {
            exports.AddRange(_module.Exports.Select(e => (e.Name, e.Kind, e.Kind == ExternalKind.Function ? Function(e.Index) : e.Index)));
            exports.Add(("market.fuel", ExternalKind.Global, Fuel));
            exports.Add(("market.room", ExternalKind.Global, Room));
        }

        writer.Vector(exports, e =>
        {
            writer.Name(e.Name);
            writer.Byte((byte)e.Kind);
            writer.U32(e.Index);
        });
    }

    private void WriteElements(WasmWriter writer, ElementSegment segment)
    {
        writer.Byte(0);
        WriteOffset(writer, segment.Start);
        writer.Vector(segment.Functions, f => writer.U32(Function(f)));
    }

    /// <summary>
    /// The branch hinting proposal's section: our own tests hardly ever fail, so engines that know the section move what
    /// then happens out of the way. It changes no meaning.
    /// </summary>
    private void WriteHints(WasmWriter writer)
    {
        writer.Name("metadata.code.branch_hint");
        var hinted = Enumerable.Range(0, _functions.Count).Where(i => _functions[i].Hints.Count > 0).ToList();
        writer.Vector(hinted, i =>
        {
            writer.U32((uint)(_imports.Count + i));
            writer.Vector(_functions[i].Hints, hint =>
            {
                writer.U32(hint.Offset);
                writer.Bytes([1, hint.Likely ? (byte)1 : (byte)0]);
            });
        });
    }

    private void WriteData(WasmWriter writer, DataSegment segment)
    {
        writer.Byte(0);
        WriteOffset(writer, segment.Address);
        writer.U32((uint)segment.Length);
        writer.Bytes(_module.Bytes.AsSpan(segment.Start, segment.Length));
    }

    private static void WriteOffset(WasmWriter writer, uint offset)
    {
        writer.Byte((byte)Opcode.I32Const);
        writer.Signed((int)offset);
        writer.Byte((byte)Opcode.End);
    }
}
