using Wasmtime;

namespace Market.Bench.Execution;

/// <summary>Store, instance, run, dispose in this very process: the least that a run can cost.</summary>
internal sealed class BareLoop : IDisposable
{
    private readonly Engine _engine = new(new Config());
    private readonly Module _module;
    private readonly Linker _linker;

    public BareLoop(ReadOnlySpan<byte> canonical)
    {
        _module = Module.FromBytes(_engine, "bare", canonical);
        _linker = new Linker(_engine);
        _linker.DefineFunction("market", "in_len", (Caller c) => ((byte[])c.GetData()!).Length);
        _linker.DefineFunction("market", "in_read", (Caller c, int to, int offset, int length) =>
            ((byte[])c.GetData()!).AsSpan(offset, length).CopyTo(c.GetMemory("memory")!.GetSpan<byte>(0)[to..]));
        _linker.DefineFunction("market", "out_write", (int _, int _) => { });
        _linker.DefineFunction("market", "exit", (int _) => { });
    }

    public void Run(byte[] input)
    {
        using var store = new Store(_engine, input);
        var instance = _linker.Instantiate(store, _module);
        instance.GetGlobal("fuel")!.SetValue(1L << 50);
        instance.GetAction("_run")!();
    }

    public void Dispose()
    {
        _linker.Dispose();
        _module.Dispose();
        _engine.Dispose();
    }
}
