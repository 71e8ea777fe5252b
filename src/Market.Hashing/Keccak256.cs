using System.Buffers.Binary;
using System.Numerics;

namespace Market.Hashing;

/// <summary>
/// Keccak-256 with the original 0x01 padding, as Ethereum uses it (not NIST SHA3-256).
/// Source: Keccak reference, version 3.0, §1; Ethereum yellow paper, appendix A.
/// </summary>
public static class Keccak256
{
    /// <summary>Bytes absorbed per permutation: 1600 - 2 * 256 bits.</summary>
    public const int Rate = 136;

    private const int Lanes = 25;

    internal static ReadOnlySpan<ulong> RoundConstants =>
    [
        0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000,
        0x000000000000808B, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
        0x000000000000008A, 0x0000000000000088, 0x0000000080008009, 0x000000008000000A,
        0x000000008000808B, 0x800000000000008B, 0x8000000000008089, 0x8000000000008003,
        0x8000000000008002, 0x8000000000000080, 0x000000000000800A, 0x800000008000000A,
        0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
    ];

    // Rho offsets and pi destinations, walked from lane 1 (Keccak reference §1.2, §1.3).
    private static ReadOnlySpan<byte> RhoOffsets =>
        [1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44];

    private static ReadOnlySpan<byte> PiLanes =>
        [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1];

    /// <summary>Hashes <paramref name="data"/>.</summary>
    public static Hash256 Hash(ReadOnlySpan<byte> data)
    {
        Span<byte> digest = stackalloc byte[Hash256.Size];
        Hash(data, digest);
        return new Hash256(digest);
    }

    /// <summary>Hashes <paramref name="data"/> into the first 32 bytes of <paramref name="digest"/>.</summary>
    public static void Hash(ReadOnlySpan<byte> data, Span<byte> digest)
    {
        Span<ulong> state = stackalloc ulong[Lanes];
        state.Clear();
        while (data.Length >= Rate)
        {
            Absorb(state, data[..Rate]);
            Permute(state);
            data = data[Rate..];
        }

        Span<byte> last = stackalloc byte[Rate];
        last.Clear();
        data.CopyTo(last);
        last[data.Length] = 0x01;
        last[Rate - 1] |= 0x80;
        Absorb(state, last);
        Permute(state);

        for (var i = 0; i < Hash256.Size / 8; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(digest[(8 * i)..], state[i]);
        }
    }

    /// <summary>Hashes the concatenation of two 32-byte words: a tree's inner node.</summary>
    public static Hash256 Hash(Hash256 left, Hash256 right)
    {
        Span<byte> node = stackalloc byte[2 * Hash256.Size];
        left.CopyTo(node);
        right.CopyTo(node[Hash256.Size..]);
        return Hash(node);
    }

    private static void Absorb(Span<ulong> state, ReadOnlySpan<byte> block)
    {
        for (var i = 0; i < Rate / 8; i++)
        {
            state[i] ^= BinaryPrimitives.ReadUInt64LittleEndian(block[(8 * i)..]);
        }
    }

    private static void Permute(Span<ulong> a)
    {
        // Slicing to a constant lets the compiler drop the bounds checks below.
        a = a[..Lanes];
        Span<ulong> c = stackalloc ulong[5];
        foreach (var constant in RoundConstants)
        {
            for (var x = 0; x < 5; x++)
            {
                c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
            }

            for (var x = 0; x < 5; x++)
            {
                var d = c[(x + 4) % 5] ^ BitOperations.RotateLeft(c[(x + 1) % 5], 1);
                a[x] ^= d;
                a[x + 5] ^= d;
                a[x + 10] ^= d;
                a[x + 15] ^= d;
                a[x + 20] ^= d;
            }

            var moving = a[1];
            for (var i = 0; i < 24; i++)
            {
                var lane = PiLanes[i];
                var kept = a[lane];
                a[lane] = BitOperations.RotateLeft(moving, RhoOffsets[i]);
                moving = kept;
            }

            for (var y = 0; y < Lanes; y += 5)
            {
                var (a0, a1, a2, a3, a4) = (a[y], a[y + 1], a[y + 2], a[y + 3], a[y + 4]);
                a[y] = a0 ^ (~a1 & a2);
                a[y + 1] = a1 ^ (~a2 & a3);
                a[y + 2] = a2 ^ (~a3 & a4);
                a[y + 3] = a3 ^ (~a4 & a0);
                a[y + 4] = a4 ^ (~a0 & a1);
            }

            a[0] ^= constant;
        }
    }
}
