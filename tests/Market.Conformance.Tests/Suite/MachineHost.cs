using Market.Wasm;
using Market.Wasm.Canonical;
using Market.Wasm.Format;
using Market.Wasm.Machine;
using Market.Wasm.Machine.Fast;

namespace Market.Conformance.Tests.Suite;

/// <summary>
/// Runs modules in the step machine. A call from one instance into another, or into module <c>spectest</c>, stops the
/// machine at the import's place in the program; this host does it and lets the machine go on.
/// </summary>
internal sealed class MachineHost : SuiteHost
{
    private static readonly Dictionary<string, FunctionType> SpecTestFunctions = new()
    {
        ["print"] = new([], []),
        ["print_i32"] = new([WasmType.I32], []),
        ["print_i64"] = new([WasmType.I64], []),
        ["print_f32"] = new([WasmType.F32], []),
        ["print_f64"] = new([WasmType.F64], []),
        ["print_i32_f32"] = new([WasmType.I32, WasmType.F32], []),
        ["print_f64_f64"] = new([WasmType.F64, WasmType.F64], []),
    };

    private readonly Dictionary<string, MachineInstance> _registered = [];
    private readonly List<MachineInstance> _instances = [];

    public override SuiteInstance Instantiate(byte[] original, CanonicalModule canonical)
    {
        var program = MachineProgram.Lower(original, new OpenLinkage()) ?? throw new SuiteException("the module does not lower");
        var module = ModuleDecoder.Decode(original);
        var imports = module.Imports.Select(Resolve).ToList();
        var instance = new MachineInstance(program, module, imports);
        _instances.Add(instance);
        if (module.Start is { } start) instance.Call(start, []);
        return instance;
    }

    public override void Register(string name, SuiteInstance instance) => _registered[name] = (MachineInstance)instance;

    public override void RefillAfterTrap() => _instances.ForEach(i => i.GiveRoomBack());

    public override void Dispose() => _instances.ForEach(i => i.Dispose());

    /// <summary>What an import does: slots in, slots out.</summary>
    private Func<ulong[], ulong[]> Resolve(FunctionImport import)
    {
        if (import.Module == "spectest" && SpecTestFunctions.TryGetValue(import.Name, out var type))
        {
            return type.Equals(import.Type) ? _ => [] : throw new SuiteException("incompatible import type");
        }

        if (!_registered.TryGetValue(import.Module, out var owner) || owner.Function(import.Name) is not { } function)
        {
            throw new SuiteException($"unknown import {import.Module}.{import.Name}", unknownImport: true);
        }

        return owner.Type(function).Equals(import.Type) ? arguments => owner.Call(function, arguments) : throw new SuiteException("incompatible import type");
    }

    private sealed class MachineInstance : SuiteInstance, IDisposable
    {
        // Where a program that is called rather than run goes when a function returns, and where when it traps.
        private const uint TrapPc = 1;
        private const uint ReturnPc = 2;

        private readonly MachineProgram _program;
        private readonly WasmModule _module;
        private readonly IReadOnlyList<Func<ulong[], ulong[]>> _imports;
        private readonly FastMachine _machine;

        public MachineInstance(MachineProgram program, WasmModule module, IReadOnlyList<Func<ulong[], ulong[]>> imports)
        {
            _program = program;
            _module = module;
            _imports = imports;
            _machine = new FastMachine(program, program.Parameters(0, 0, long.MaxValue / 2, Limits.MemoryPages, 0)!, [], []);
            _machine.Break(TrapPc);
            _machine.Break(ReturnPc);
            for (var i = 0; i < imports.Count; i++) _machine.Break(program.Functions[i].Entry);
        }

        public uint? Function(string name) => _module.Exports.Find(e => e.Name == name && e.Kind == ExternalKind.Function)?.Index;

        public FunctionType Type(uint function) => _module.FunctionType(function);

        public override bool HasFunction(string name) => Function(name) is not null;

        public override IReadOnlyList<Constant> Call(string name, IReadOnlyList<Constant> arguments)
        {
            var function = Function(name)!.Value;
            var results = Call(function, [.. arguments.Select(a => a.Bits)]);
            return [.. results.Zip(Type(function).Results, (bits, type) => new Constant(type, bits, false))];
        }

        public override IReadOnlyList<Constant> Get(string global)
        {
            var index = _module.Exports.Find(e => e.Name == global && e.Kind == ExternalKind.Global)!.Index;
            return [new Constant(_module.Globals[(int)index].Type.Type, _machine.Slot(index), false)];
        }

        public void GiveRoomBack() => _machine.Move(_machine.Registers with { Room = Limits.StackSlots });

        public void Dispose() => _machine.Dispose();

        public ulong[] Call(uint function, ulong[] arguments)
        {
            var before = _machine.Registers;
            for (var i = 0u; i < arguments.Length; i++) _machine.SetSlot(before.Sp + i, arguments[i]);
            _machine.SetSlot(before.Sp + (uint)arguments.Length, (ulong)ReturnPc << 32 | before.Fp);
            _machine.Move(before with { Pc = _program.Functions[(int)function].Entry, Fp = before.Sp, Sp = before.Sp + (uint)arguments.Length + 1 });
            while (true)
            {
                var pc = _machine.Registers.Pc;
                var import = pc == ReturnPc || pc == TrapPc ? null : _program.FunctionAt(pc);
                if (pc == ReturnPc || pc == TrapPc || (import is { Origin: null } && import.Entry == pc && _program.Functions.IndexOf(import) < _imports.Count))
                {
                    if (import is not null)
                    {
                        Import(import);
                        continue;
                    }

                    var after = _machine.Registers;
                    var results = Slots(before.Sp, Type(function).Results.Length);
                    _machine.Move(after with { Pc = before.Pc, Sp = before.Sp, Fp = before.Fp });
                    return pc == ReturnPc ? results : throw new SuiteException("trap");
                }

                if (_machine.Run(long.MaxValue / 4) != FastStop.Breakpoint) throw new InvalidOperationException("a called module halted");
            }
        }

        /// <summary>Does an import in the place where the machine stopped, and returns from it.</summary>
        private void Import(MachineFunction import)
        {
            var at = _machine.Registers;
            ulong[] results;
            try
            {
                results = _imports[_program.Functions.IndexOf(import)](Slots(at.Fp, import.Parameters));
            }
            catch (SuiteException)
            {
                _machine.Move(at with { Pc = TrapPc });
                return;
            }

            var record = _machine.Slot(at.Fp + (uint)import.Parameters);
            for (var i = 0u; i < results.Length; i++) _machine.SetSlot(at.Fp + i, results[i]);
            // What the import left of fuel and memory stays; it may have called back.
            _machine.Move(_machine.Registers with { Pc = (uint)(record >> 32), Fp = (uint)record, Sp = at.Fp + (uint)results.Length });
        }

        private ulong[] Slots(uint first, int count) => [.. Enumerable.Range(0, count).Select(i => _machine.Slot(first + (uint)i))];
    }
}
