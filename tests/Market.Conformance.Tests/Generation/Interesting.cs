namespace Market.Conformance.Tests.Generation;

/// <summary>Constants at which arithmetic goes wrong if it can.</summary>
internal static class Interesting
{
    private static readonly uint[] Singles =
    [
        0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00000, 0x7fc12345, 0x7f800001, 0xff812345, 1, 0x80000001,
        0x007fffff, 0x00800000, 0x7f7fffff, 0x4f000000, 0x4f800000, 0xcf000000, 0x5f000000, 0x5f800000, 0x3f000000, 0x40490fdb, 0x4b000001,
    ];

    private static readonly ulong[] Doubles =
    [
        0, 0x8000000000000000, 0x3ff0000000000000, 0xbff0000000000000, 0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000,
        0xfff8000000000000, 0x7ff8000012345678, 0x7ff0000000000001, 0xfff0000012345678, 1, 0x8000000000000001, 0x000fffffffffffff,
        0x0010000000000000, 0x7fefffffffffffff, 0x41e0000000000000, 0x41f0000000000000, 0xc1e0000000000000, 0x43e0000000000000,
        0x43f0000000000000, 0x3fe0000000000000, 0x400921fb54442d18, 0x4330000000000001, 0x36a0000000000000, 0x47efffffe0000000,
    ];

    private static readonly ulong[] Integers =
    [
        0, 1, 2, 3, 7, 8, 31, 32, 63, 64, 127, 128, 255, 65535, 65536, 0x7fffffff, 0x80000000, 0xffffffff, 0x7fffffffffffffff, 0x8000000000000000,
        0xffffffffffffffff, 0xfffffffffffffffe, 0xffffffff80000000,
    ];

    public static ulong Integer(Dice dice) => dice.Chance(60) ? dice.Pick(Integers) : dice.Chance(50) ? (ulong)dice.Below(200) : dice.Next();

    public static uint Single(Dice dice) => dice.Chance(70) ? dice.Pick(Singles) : (uint)dice.Next();

    public static ulong Double(Dice dice) => dice.Chance(70) ? dice.Pick(Doubles) : dice.Next();
}
