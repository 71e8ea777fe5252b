namespace Market.Wasm.Format;

/// <summary>Types of values. <see cref="Unknown"/> is the validator's operand that unreachable code may pop.</summary>
internal enum WasmType : byte
{
    Unknown = 0,
    F64 = 0x7c,
    F32 = 0x7d,
    I64 = 0x7e,
    I32 = 0x7f,
}

internal static class WasmTypes
{
    public static bool IsFloat(this WasmType type) => type is WasmType.F32 or WasmType.F64;

    public static string Name(this WasmType type) => type switch
    {
        WasmType.I32 => "i32", WasmType.I64 => "i64", WasmType.F32 => "f32", WasmType.F64 => "f64", _ => "any",
    };
}

/// <summary>Parameters and results of a function or block; equal when these are (types are structural).</summary>
internal sealed class FunctionType(WasmType[] parameters, WasmType[] results) : IEquatable<FunctionType>
{
    public static readonly FunctionType Empty = new([], []);

    public WasmType[] Parameters { get; } = parameters;

    public WasmType[] Results { get; } = results;

    public bool Equals(FunctionType? other) =>
        other is not null && Parameters.AsSpan().SequenceEqual(other.Parameters) && Results.AsSpan().SequenceEqual(other.Results);

    public override bool Equals(object? obj) => Equals(obj as FunctionType);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Parameters.Length);
        foreach (var p in Parameters) hash.Add(p);
        foreach (var r in Results) hash.Add(r);
        return hash.ToHashCode();
    }

    public override string ToString() =>
        $"({string.Join(' ', Parameters.Select(p => p.Name()))}) -> ({string.Join(' ', Results.Select(r => r.Name()))})";
}

/// <summary>A global's type.</summary>
internal readonly record struct GlobalType(WasmType Type, bool Mutable);

/// <summary>Sizes of a memory in pages or of a table in entries.</summary>
internal readonly record struct SizeLimits(uint Minimum, uint? Maximum);
