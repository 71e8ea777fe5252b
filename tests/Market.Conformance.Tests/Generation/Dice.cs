using Market.Wasm.Format;

namespace Market.Conformance.Tests.Generation;

/// <summary>A generator's source of choice: the same seed, the same program, on every machine and framework.</summary>
internal sealed class Dice(ulong seed)
{
    // splitmix64
    private ulong _state = seed;

    public ulong Next()
    {
        _state += 0x9e3779b97f4a7c15;
        var z = (_state ^ (_state >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 to <paramref name="bound"/> − 1.</summary>
    public int Below(int bound) => (int)(Next() % (uint)bound);

    /// <summary>True <paramref name="percent"/> times in a hundred.</summary>
    public bool Chance(int percent) => Below(100) < percent;

    /// <summary>How often <see cref="Type"/> insists on a float.</summary>
    public int FloatPercent { get; init; }

    public WasmType Type()
    {
        if (Chance(FloatPercent)) return Chance(50) ? WasmType.F32 : WasmType.F64;
        return Pick([WasmType.I32, WasmType.I64, WasmType.F32, WasmType.F64]);
    }

    public T Pick<T>(IReadOnlyList<T> items) => items[Below(items.Count)];
}
