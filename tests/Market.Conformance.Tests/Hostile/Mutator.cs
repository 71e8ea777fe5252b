using Market.Conformance.Tests.Generation;

namespace Market.Conformance.Tests.Hostile;

/// <summary>Damages binaries: bits, bytes, lengths, order and ends.</summary>
internal static class Mutator
{
    private static readonly byte[] Telling =
        [0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x0b, 0x0c, 0x0d, 0x0e, 0x10, 0x11, 0x1a, 0x1c, 0x40, 0x60, 0x6f, 0x70, 0x7b, 0x7c, 0x7d, 0x7e, 0x7f, 0x80, 0xd0, 0xd2, 0xfc, 0xfd, 0xff];

    /// <summary>A copy of <paramref name="binary"/> with one to four faults.</summary>
    public static byte[] Mutate(byte[] binary, Dice dice)
    {
        var bytes = binary.ToList();
        for (var i = 1 + dice.Below(4); i > 0 && bytes.Count > 0; i--) Damage(bytes, dice);
        return [.. bytes];
    }

    private static void Damage(List<byte> bytes, Dice dice)
    {
        // Most damage goes behind the header, where it is not found at once.
        var at = dice.Chance(95) && bytes.Count > 8 ? 8 + dice.Below(bytes.Count - 8) : dice.Below(bytes.Count);
        switch (dice.Below(10))
        {
            case 0 or 1: bytes[at] ^= (byte)(1 << dice.Below(8)); break;
            case 2 or 3: bytes[at] = dice.Pick(Telling); break;
            case 4: bytes[at] = (byte)dice.Next(); break;
            case 5: bytes.Insert(at, dice.Pick(Telling)); break;
            case 6: bytes.RemoveAt(at); break;
            case 7 when dice.Chance(30): bytes.RemoveRange(at, bytes.Count - at); break;
            case 8: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(dice.Below(20), bytes.Count - at))); break;
            default: bytes[at]++; break;
        }
    }
}
