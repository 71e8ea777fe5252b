namespace Market.Unit.Tests.Sandbox;

/// <summary>Hand-written canonical modules: metered as the canonicaliser meters, small enough to check by eye.</summary>
internal static class CanonicalModules
{
    /// <summary>Copies its whole input to its output. Charges 5 fuel.</summary>
    public static byte[] Echo { get; } = Make(
        """
        (local $n i32)
        (global.set $fuel (i64.sub (global.get $fuel) (i64.const 5)))
        (if (i64.lt_s (global.get $fuel) (i64.const 0)) (then unreachable))
        (local.set $n (call $in_len))
        (drop (memory.grow (i32.shr_u (local.get $n) (i32.const 16))))
        (call $in_read (i32.const 0) (i32.const 0) (local.get $n))
        (call $out_write (i32.const 0) (local.get $n))
        """);

    /// <summary>Loops for ever, 3 fuel a round.</summary>
    public static byte[] EndlessLoop { get; } = Make(
        """
        (loop $again
          (global.set $fuel (i64.sub (global.get $fuel) (i64.const 3)))
          (if (i64.lt_s (global.get $fuel) (i64.const 0)) (then unreachable))
          (br $again))
        """);

    /// <summary>Loops for ever without a meter: only the wall clock ends it.</summary>
    public static byte[] Unmetered { get; } = Make("(loop $again (br $again))");

    /// <summary>Exits with code 7 after one byte of output.</summary>
    public static byte[] ExitSeven { get; } = Make(
        """
        (i32.store8 (i32.const 0) (i32.const 33))
        (call $out_write (i32.const 0) (i32.const 1))
        (call $exit (i32.const 7))
        """);

    /// <summary>Writes one exclamation mark and returns.</summary>
    public static byte[] Exclaim { get; } = Make("(i32.store8 (i32.const 0) (i32.const 33)) (call $out_write (i32.const 0) (i32.const 1))");

    /// <summary>Recurses for ever without a depth guard.</summary>
    public static byte[] DeepRecursion { get; } = Make("(drop (call $down (i64.const 1)))",
        "(func $down (param i64) (result i64) (i64.add (call $down (i64.add (local.get 0) (i64.const 1))) (i64.const 1)))");

    /// <summary>Grows page by page until refused, touches every page, then writes the number of pages as four bytes.</summary>
    public static byte[] MemoryHog { get; } = Make(
        """
        (loop $again
          (i32.store8 (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 1)) (i32.const 1))
          (br_if $again (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
        (i32.store (i32.const 0) (memory.size))
        (call $out_write (i32.const 0) (i32.const 4))
        """);

    /// <summary>Writes pages of output for ever.</summary>
    public static byte[] OutputFlood { get; } = Make("(loop $again (call $out_write (i32.const 0) (i32.const 65536)) (br $again))");

    /// <summary>Its body is given; it has all four imports, one page of memory and the three exports.</summary>
    public static byte[] Make(string body, string functions = "", int pages = 1) => Wasmtime.Module.ConvertText(
        $"""
        (module
          (import "market" "in_len" (func $in_len (result i32)))
          (import "market" "in_read" (func $in_read (param i32 i32 i32)))
          (import "market" "out_write" (func $out_write (param i32 i32)))
          (import "market" "exit" (func $exit (param i32)))
          (memory (export "memory") {pages})
          (global $fuel (export "fuel") (mut i64) (i64.const 0))
          {functions}
          (func (export "_run") {body}))
        """);
}
