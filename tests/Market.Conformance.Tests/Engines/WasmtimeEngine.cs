using Wasmtime;

namespace Market.Conformance.Tests.Engines;

/// <summary>Runs canonical modules in Wasmtime, by Cranelift or by its portable interpreter.</summary>
internal sealed class WasmtimeEngine : IDisposable
{
    private const int MaximumOutput = 1 << 26;

    private readonly Engine _engine;
    private readonly Linker _linker;

    public WasmtimeEngine(Config? config = null)
    {
        _engine = new Engine((config ?? new Config())
            .WithSIMD(false).WithRelaxedSIMD(false, true).WithWasmThreads(false).WithMaximumStackSize(1 << 20));
        _linker = new Linker(_engine);
        _linker.DefineFunction("market", "in_len", (Caller c) => Run(c).Input.Length);
        _linker.DefineFunction("market", "in_read", (Caller c, int to, int offset, int length) =>
        {
            var memory = c.GetMemory("memory")!.GetSpan<byte>(0);
            Run(c).Input.AsSpan(Checked((uint)offset), Checked((uint)length)).CopyTo(memory.Slice(Checked((uint)to), Checked((uint)length)));
        });
        _linker.DefineFunction("market", "out_write", (Caller c, int from, int length) =>
        {
            var run = Run(c);
            run.Output.Write(c.GetMemory("memory")!.GetSpan<byte>(0).Slice(Checked((uint)from), Checked((uint)length)));
            if (run.Output.Length > MaximumOutput) throw new InvalidOperationException("output cap");
        });
        _linker.DefineFunction("market", "exit", (Caller c, int code) =>
        {
            Run(c).ExitCode = (uint)code;
            throw new ExitException();
        });
    }

    public Engine Engine => _engine;

    /// <summary>Compiles; the module may be run any number of times.</summary>
    public Module Compile(ReadOnlySpan<byte> canonical) => Module.FromBytes(_engine, "canonical", canonical);

    /// <summary>Runs a canonical module over its whole input (frame and stdin).</summary>
    public Outcome Run(Module module, byte[] input, long limit, long memoryBytes = 1L << 30)
    {
        var run = new RunState(input);
        using var store = new Store(_engine, run);
        store.SetLimits(memoryBytes, null, null, null, null);
        var instance = _linker.Instantiate(store, module);
        var fuel = instance.GetGlobal("fuel")!;
        fuel.SetValue(limit);
        var status = RunStatus.Exit;
        try
        {
            instance.GetAction("_run")!();
        }
        catch (WasmtimeException e) when (e.InnerException is ExitException)
        {
            // proc_exit
        }
        catch (WasmtimeException e)
        {
            if (e is TrapException { Type: TrapCode.StackOverflow }) throw;
            status = RunStatus.Trap;
        }

        var left = Math.Max(0, (long)fuel.GetValue()!);
        return new Outcome(status, run.ExitCode, limit - left, run.Output.ToArray());
    }

    public void Dispose()
    {
        _linker.Dispose();
        _engine.Dispose();
    }

    private static RunState Run(Caller caller) => (RunState)caller.GetData()!;

    private static int Checked(uint value) => value <= int.MaxValue ? (int)value : throw new InvalidOperationException("out of bounds");

    private sealed class RunState(byte[] input)
    {
        public byte[] Input { get; } = input;

        public MemoryStream Output { get; } = new();

        public uint ExitCode { get; set; }
    }

    private sealed class ExitException : Exception;
}
