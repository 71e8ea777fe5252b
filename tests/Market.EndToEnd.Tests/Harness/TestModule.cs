using Wasmtime;

namespace Market.EndToEnd.Tests.Harness;

/// <summary>
/// A small WASI program that does what the first letter of its input says: <c>x</c> traps, <c>l</c> loops for ever,
/// <c>s</c> computes for a while and echoes, <c>m</c> for a tenth of that, anything else echoes.
/// </summary>
internal static class TestModule
{
    private const string Text = """
        (module
          (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (func $spin (param $i i32)
            (loop $again (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1))))))
          (func (export "_start") (local $letter i32)
            (i32.store (i32.const 0) (i32.const 64))
            (i32.store (i32.const 4) (i32.const 1024))
            (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
            (local.set $letter (i32.load8_u (i32.const 64)))
            (if (i32.eq (local.get $letter) (i32.const 120)) (then (unreachable)))
            (if (i32.eq (local.get $letter) (i32.const 108)) (then (loop $forever (br $forever))))
            (if (i32.eq (local.get $letter) (i32.const 115)) (then (call $spin (i32.const 600000000))))
            (if (i32.eq (local.get $letter) (i32.const 109)) (then (call $spin (i32.const 60000000))))
            (i32.store (i32.const 4) (i32.load (i32.const 8)))
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12)))))
        """;

    public static void Write(string folder) => File.WriteAllBytes(Path.Combine(folder, "task.wasm"), Module.ConvertText(Text));
}
