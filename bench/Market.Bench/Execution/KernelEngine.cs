using System.Text;
using Market.Wasm;
using Wasmtime;

namespace Market.Bench.Execution;

/// <summary>Runs kernels in Wasmtime: canonical ones over the market's primitives, plain ones over Wasmtime's own WASI.</summary>
internal sealed class KernelEngine : IDisposable
{
    private readonly Engine _engine = new(new Config().WithRelaxedSIMD(false, true).WithSIMD(false).WithWasmThreads(false).WithBranchHinting(true));
    private readonly Linker _market;
    private readonly Linker _wasi;

    public KernelEngine()
    {
        _wasi = new Linker(_engine);
        _wasi.DefineWasi();
        _market = new Linker(_engine);
        _market.DefineFunction("market", "in_len", (Caller c) => State(c).Input.Length);
        _market.DefineFunction("market", "in_read", (Caller c, int to, int offset, int length) =>
            State(c).Input.AsSpan(offset, length).CopyTo(c.GetMemory("memory")!.GetSpan<byte>(0)[to..]));
        _market.DefineFunction("market", "out_write", (Caller c, int from, int length) =>
            State(c).Output.Write(c.GetMemory("memory")!.GetSpan<byte>(0).Slice(from, length)));
        _market.DefineFunction("market", "exit", (Caller c, int code) => throw new InvalidOperationException($"exit {code}"));
    }

    public Module Compile(ReadOnlySpan<byte> wasm) => Module.FromBytes(_engine, "kernel", wasm);

    /// <summary>Output, fuel and processor time of a canonical kernel; instantiation is not timed.</summary>
    public (string Output, long Fuel, TimeSpan Time) RunCanonical(Module module, Kernel kernel)
    {
        const long Limit = 1L << 50;
        var run = new Run(new InputFrame([kernel.Name, kernel.Size], 0).Encode());
        using var store = new Store(_engine, run);
        var instance = _market.Instantiate(store, module);
        instance.GetGlobal("fuel")!.SetValue(Limit);
        var start = instance.GetAction("_run")!;
        var before = ProcessorClock.Thread();
        start();
        var time = ProcessorClock.Thread() - before;
        return (Encoding.UTF8.GetString(run.Output.ToArray()), Limit - (long)instance.GetGlobal("fuel")!.GetValue()!, time);
    }

    /// <summary>Output and processor time of the kernel as the compiler left it.</summary>
    public (string Output, TimeSpan Time) RunPlain(Module module, Kernel kernel)
    {
        var file = Path.GetTempFileName();
        try
        {
            using var store = new Store(_engine);
            store.SetWasiConfiguration(new WasiConfiguration().WithArgs(kernel.Name, kernel.Size).WithStandardOutput(file));
            var start = _wasi.Instantiate(store, module).GetAction("_start")!;
            var before = ProcessorClock.Thread();
            start();
            var time = ProcessorClock.Thread() - before;
            store.Dispose();
            return (File.ReadAllText(file), time);
        }
        finally
        {
            File.Delete(file);
        }
    }

    public void Dispose()
    {
        _market.Dispose();
        _wasi.Dispose();
        _engine.Dispose();
    }

    private static Run State(Caller caller) => (Run)caller.GetData()!;

    private sealed record Run(byte[] Input)
    {
        public MemoryStream Output { get; } = new();
    }
}
