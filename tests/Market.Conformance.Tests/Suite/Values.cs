using System.Runtime.CompilerServices;
using Market.Wasm.Format;
using Wasmtime;

namespace Market.Conformance.Tests.Suite;

/// <summary>Passes bits to and from Wasmtime's boxed values.</summary>
internal static class Values
{
    public static ulong CanonicalNan(WasmType type) => type == WasmType.F32 ? 0x7fc00000UL : 0x7ff8000000000000UL;

    public static IReadOnlyList<Constant> Call(Function function, IEnumerable<Constant> arguments) =>
        Read(function.Invoke([.. arguments.Select(Box)]));

    public static IReadOnlyList<Constant> Of(Wasmtime.Global global) => Read(global.GetValue());

    private static ValueBox Box(Constant value) => value.Type switch
    {
        WasmType.I32 => (ValueBox)(int)value.Bits,
        WasmType.I64 => (ValueBox)(long)value.Bits,
        WasmType.F32 => (ValueBox)BitConverter.UInt32BitsToSingle((uint)value.Bits),
        _ => (ValueBox)BitConverter.UInt64BitsToDouble(value.Bits),
    };

    private static Constant[] Read(object? value) => value switch
    {
        null => [],
        object?[] several => [.. several.SelectMany(Read)],
        ITuple several => [.. Enumerable.Range(0, several.Length).SelectMany(i => Read(several[i]))],
        int i => [new Constant(WasmType.I32, (uint)i, false)],
        long l => [new Constant(WasmType.I64, (ulong)l, false)],
        float f => [new Constant(WasmType.F32, BitConverter.SingleToUInt32Bits(f), false)],
        double d => [new Constant(WasmType.F64, BitConverter.DoubleToUInt64Bits(d), false)],
        _ => throw new InvalidOperationException($"a value of {value.GetType()}"),
    };
}
