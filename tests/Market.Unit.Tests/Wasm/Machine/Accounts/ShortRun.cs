using System.Collections.Immutable;
using Market.Hashing;
using Market.Wasm;
using Market.Wasm.Machine;
using Market.Wasm.Machine.Accounts;
using Market.Wasm.Machine.Fast;
using Market.Wasm.Machine.Stepping;

namespace Market.Unit.Tests.Wasm.Machine.Accounts;

/// <summary>Runs of a thousand steps or so, with every state by the specification.</summary>
internal sealed class ShortRun
{
    private readonly byte[] _frame;
    private readonly byte[] _stdin;

    private ShortRun(string wat, string stdin, ulong fuel = 1_000_000)
    {
        _stdin = System.Text.Encoding.ASCII.GetBytes(stdin);
        _frame = new InputFrame(ImmutableArray.Create("run"), (ulong)_stdin.Length).Encode();
        Program = MachineProgram.Lower(Wasmtime.Module.ConvertText(wat))!;
        Parameters = Program.Parameters(_frame.Length, _stdin.Length, fuel, 4, 8_192)!;
        var spec = SpecState.Start(Program, Parameters, _frame, _stdin);
        while (spec.End is null)
        {
            States.Add(spec.Hash);
            spec.Step();
        }

        States.Add(spec.Hash);
        End = spec.End.Value;
    }

    public MachineProgram Program { get; }

    public MachineParameters Parameters { get; }

    /// <summary>The state after each number of steps, the halted one last.</summary>
    public List<Hash256> States { get; } = [];

    public MachineHalt End { get; }

    public int Length => States.Count - 1;

    /// <summary>Echoes its input, having stored to memory across pages and called a function for each byte.</summary>
    public static ShortRun Echo() => new(
        """
        (module
          (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (func $mix (param i32) (result i32) (i32.xor (local.get 0) (i32.const 85)))
          (func (export "_start") (local $i i32)
            (i32.store (i32.const 0) (i32.const 4000))
            (i32.store (i32.const 4) (i32.const 1024))
            (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
            (loop $again
              (i32.store8 offset=4000 (local.get $i) (call $mix (i32.load8_u offset=4000 (local.get $i))))
              (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.load (i32.const 8)))))
            (i32.store (i32.const 4) (i32.load (i32.const 8)))
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12)))
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12)))))
        """, new string('x', 40) + new string('y', 30));

    /// <summary>Runs out of fuel in a loop.</summary>
    public static ShortRun Starved() => new(
        """(module (memory 1) (func (export "_start") (local $i i32) (loop $again (i32.store (local.get $i) (local.get $i)) (local.set $i (i32.add (local.get $i) (i32.const 4))) (br $again))))""", "", 1_500);

    /// <summary>Traps soon.</summary>
    public static ShortRun Trap() => new("""(module (memory 1) (func (export "_start") (drop (i32.div_u (i32.const 1) (i32.const 0)))))""", "");

    public RunAccount Account(RunAccountOptions? options = null, (long Step, Action<FastMachine> Tell)? lie = null) =>
        new(Program, Parameters, _frame, _stdin, lie, options);

    /// <summary>The state after a number of steps.</summary>
    public Hash256 At(long step) => States[(int)Math.Min(step, Length)];
}
