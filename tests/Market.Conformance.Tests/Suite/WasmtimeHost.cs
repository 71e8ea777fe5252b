using Market.Wasm;
using Wasmtime;
using Linker = Wasmtime.Linker;

namespace Market.Conformance.Tests.Suite;

/// <summary>Runs the canonical binaries in Wasmtime.</summary>
internal sealed class WasmtimeHost : SuiteHost
{
    private readonly Engine _engine;
    private readonly Store _store;
    private readonly Linker _linker;
    private readonly List<Instance> _instances = [];

    public WasmtimeHost(Engine engine)
    {
        _engine = engine;
        _store = new Store(engine);
        _linker = new Linker(engine);
        SpecTest.Define(_linker, _store);
    }

    public override SuiteInstance Instantiate(byte[] original, CanonicalModule canonical)
    {
        try
        {
            using var compiled = Module.FromBytes(_engine, "suite", canonical.Bytes.Span);
            var instance = _linker.Instantiate(_store, compiled);
            _instances.Add(instance);
            return new WasmtimeInstance(instance);
        }
        catch (WasmtimeException e)
        {
            throw new SuiteException(e.Message, e.Message.StartsWith("unknown import", StringComparison.Ordinal));
        }
    }

    public override void Register(string name, SuiteInstance instance)
    {
        _linker.AllowShadowing = true;
        _linker.DefineInstance(_store, name, ((WasmtimeInstance)instance).Instance);
    }

    public override void RefillAfterTrap()
    {
        foreach (var instance in _instances) instance.GetGlobal("market.room")!.SetValue((long)Limits.StackSlots);
    }

    public override void Dispose()
    {
        _linker.Dispose();
        _store.Dispose();
    }

    private sealed class WasmtimeInstance(Instance instance) : SuiteInstance
    {
        public Instance Instance { get; } = instance;

        public override bool HasFunction(string name) => Instance.GetFunction(name) is not null;

        public override IReadOnlyList<Constant> Call(string name, IReadOnlyList<Constant> arguments)
        {
            try
            {
                return Values.Call(Instance.GetFunction(name)!, arguments);
            }
            catch (WasmtimeException e)
            {
                throw new SuiteException(e.Message);
            }
        }

        public override IReadOnlyList<Constant> Get(string global) => Values.Of(Instance.GetGlobal(global)!);
    }
}
