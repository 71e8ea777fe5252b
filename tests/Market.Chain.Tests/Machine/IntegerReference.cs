using System.Numerics;

namespace Market.Chain.Tests.Machine;

/// <summary>WebAssembly's integer operations by C#'s own operators, one generic form for both widths.</summary>
internal static class IntegerReference
{
    public static bool Knows(ushort op) => op is (>= 0x45 and <= 0x5a) or (>= 0x67 and <= 0x8a) or 0xa7 or 0xac or 0xad or (>= 0xbc and <= 0xc4);

    /// <summary>The result, or null for a trap.</summary>
    public static ulong? Compute(ushort op, ulong x, ulong y) => op switch
    {
        >= 0x45 and <= 0x4f => Compare<int, uint>(op - 0x45, (int)x, (int)y),
        >= 0x50 and <= 0x5a => Compare<long, ulong>(op - 0x50, (long)x, (long)y),
        >= 0x67 and <= 0x78 => Arithmetic<int, uint>(op - 0x67, (int)x, (int)y),
        >= 0x79 and <= 0x8a => Arithmetic<long, ulong>(op - 0x79, (long)x, (long)y),
        0xa7 or 0xad or 0xbc or 0xbe => (uint)x,
        0xac => (ulong)(int)x,
        0xbd or 0xbf => x,
        0xc0 => (uint)(sbyte)x,
        0xc1 => (uint)(short)x,
        0xc2 => (ulong)(sbyte)x,
        0xc3 => (ulong)(short)x,
        0xc4 => (ulong)(int)x,
        _ => null,
    };

    private static ulong Compare<TSigned, TUnsigned>(int kind, TSigned x, TSigned y)
        where TSigned : IBinaryInteger<TSigned>
        where TUnsigned : IBinaryInteger<TUnsigned>
    {
        var (a, b) = (TUnsigned.CreateTruncating(x), TUnsigned.CreateTruncating(y));
        return (kind switch
        {
            0 => TSigned.IsZero(x),
            1 => x == y,
            2 => x != y,
            3 => x < y,
            4 => a < b,
            5 => x > y,
            6 => a > b,
            7 => x <= y,
            8 => a <= b,
            9 => x >= y,
            _ => a >= b,
        }) ? 1UL : 0;
    }

    private static ulong? Arithmetic<TSigned, TUnsigned>(int kind, TSigned x, TSigned y)
        where TSigned : IBinaryInteger<TSigned>, IMinMaxValue<TSigned>
        where TUnsigned : IBinaryInteger<TUnsigned>
    {
        var (a, b) = (TUnsigned.CreateTruncating(x), TUnsigned.CreateTruncating(y));
        var bits = TUnsigned.Zero.GetByteCount() * 8;
        var by = int.CreateTruncating(y) & (bits - 1);
        if (kind is >= 6 and <= 9 && TSigned.IsZero(y)) return null;
        if (kind == 6 && x == TSigned.MinValue && y == -TSigned.One) return null;
        var z = kind switch
        {
            0 => TUnsigned.LeadingZeroCount(a),
            1 => TUnsigned.TrailingZeroCount(a),
            2 => TUnsigned.PopCount(a),
            3 => a + b,
            4 => a - b,
            5 => a * b,
            6 => TUnsigned.CreateTruncating(x / y),
            7 => a / b,
            8 => y == -TSigned.One ? TUnsigned.Zero : TUnsigned.CreateTruncating(x % y),
            9 => a % b,
            10 => a & b,
            11 => a | b,
            12 => a ^ b,
            13 => a << by,
            14 => TUnsigned.CreateTruncating(x >> by),
            15 => a >> by,
            16 => TUnsigned.RotateLeft(a, by),
            _ => TUnsigned.RotateRight(a, by),
        };
        return ulong.CreateTruncating(z);
    }
}
