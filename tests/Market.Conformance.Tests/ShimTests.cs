using System.Text;
using Market.Conformance.Tests.Engines;

namespace Market.Conformance.Tests;

public sealed class ShimTests : IDisposable
{
    private readonly WasmtimeEngine _engine = new(new Wasmtime.Config());

    public void Dispose() => _engine.Dispose();

    [Fact]
    public void Run_OfACopyingProgram_WritesStdinToStdout()
    {
        var stdin = Enumerable.Range(0, 10_000).Select(i => (byte)i).ToArray();

        var outcome = Run(Copy, stdin, out var output, "copy");

        Assert.Equal(RunStatus.Exit, outcome.Status);
        Assert.Equal(stdin, output);
        Assert.InRange(outcome.Fuel, 1, 5_000);
    }

    [Fact]
    public void Run_OfAProgramThatPrintsItsArguments_SeesThemAll()
    {
        var outcome = Run(Arguments, [], out var output, "name", "första", "");

        Assert.Equal("name\0första\0\0", Encoding.UTF8.GetString(output));
        Assert.Equal(3u, outcome.ExitCode);
    }

    [Fact]
    public void Run_WithoutEnoughFuel_TrapsAtTheLimit()
    {
        var outcome = _engine.Run(_engine.Compile(Wat.Canonical(Wat.Binary(Copy)).Bytes.Span), Wat.Input(new byte[1000], "copy"), 50);

        Assert.Equal(RunStatus.Trap, outcome.Status);
        Assert.Equal(50, outcome.Fuel);
    }

    private Outcome Run(string wat, byte[] stdin, out byte[] output, params string[] arguments)
    {
        using var module = _engine.Compile(Wat.Canonical(Wat.Binary(wat)).Bytes.Span);
        return _engine.Run(module, Wat.Input(stdin, arguments), 1_000_000, out output);
    }

    private const string Copy = """
        (module
          (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (func (export "_start")
            (loop $more
              (i32.store (i32.const 0) (i32.const 64))
              (i32.store (i32.const 4) (i32.const 1000))
              (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
              (i32.store (i32.const 4) (i32.load (i32.const 8)))
              (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12)))
              (br_if $more (i32.load (i32.const 8))))))
        """;

    private const string Arguments = """
        (module
          (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
          (import "market" "out_write" (func $out (param i32 i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory 1)
          (func (export "_start")
            (drop (call $sizes (i32.const 0) (i32.const 4)))
            (drop (call $args (i32.const 100) (i32.const 200)))
            (call $out (i32.load (i32.const 100)) (i32.load (i32.const 4)))
            (call $exit (i32.load (i32.const 0)))))
        """;
}
