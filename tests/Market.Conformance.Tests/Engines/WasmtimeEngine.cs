using Wasmtime;

namespace Market.Conformance.Tests.Engines;

/// <summary>
/// Runs modules over the market's primitives in Wasmtime. For one thread, which must have the stack of
/// <see cref="Settings.WasmStack"/>.
/// </summary>
internal sealed class WasmtimeEngine : IDisposable
{
    private const int MaximumOutput = 1 << 26;

    private readonly Engine _engine;
    private readonly Linker _linker;

    public WasmtimeEngine(Config? config = null)
    {
        _engine = new Engine(config ?? Settings.Deterministic());
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
    public Module Compile(ReadOnlySpan<byte> wasm) => Module.FromBytes(_engine, "module", wasm);

    /// <summary>Runs a canonical module over its whole input (frame and stdin).</summary>
    public Outcome Run(Module module, byte[] input, long limit) => Run(module, input, limit, out _);

    /// <summary>The same, with the output's bytes.</summary>
    public Outcome Run(Module module, byte[] input, long limit, out byte[] output) => Run(module, input, "_run", limit, out output);

    /// <summary>
    /// Runs a module that is not in canonical form, by its <c>_start</c>; fuel is then 0. Null if it exhausts the native
    /// stack, as a program does that the depth guard would have stopped.
    /// </summary>
    public Outcome? RunOriginal(Module module, byte[] input)
    {
        try
        {
            return Run(module, input, "_start", null, out _);
        }
        catch (StackExhaustedException)
        {
            return null;
        }
    }

    private Outcome Run(Module module, byte[] input, string entry, long? limit, out byte[] output)
    {
        var run = new RunState(input);
        using var store = new Store(_engine, run);
        var instance = _linker.Instantiate(store, module);
        var fuel = limit is null ? null : instance.GetGlobal("fuel")!;
        fuel?.SetValue(limit!.Value);
        var status = RunStatus.Exit;
        try
        {
            instance.GetAction(entry)!();
        }
        catch (WasmtimeException e) when (e.InnerException is ExitException)
        {
            // exit() unwinds the guest.
        }
        catch (WasmtimeException e)
        {
            if (e is TrapException { Type: TrapCode.StackOverflow }) throw new StackExhaustedException(e);
            status = RunStatus.Trap;
        }

        var used = fuel is null ? 0 : limit!.Value - Math.Max(0, (long)fuel.GetValue()!);
        output = run.Output.ToArray();
        return new Outcome(status, run.ExitCode, used, Outcome.Digest(output), Outcome.Digest(instance.GetMemory("memory")!.GetSpan<byte>(0)));
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

    /// <summary>Wasmtime's own stack ran out: never a result.</summary>
    private sealed class StackExhaustedException(Exception inner) : Exception("native stack exhausted, which is no result", inner);
}
