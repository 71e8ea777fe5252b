using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Market.Hashing;

/// <summary>
/// Keccak-256 of many short messages of one length, eight or four side by side in the lanes of vectors. What trees are
/// made of: leaves of 128 bytes, nodes of 64.
/// </summary>
public static class KeccakBatch
{
    private const int Lanes = 25;
    private const int Ways = 4;

    /// <summary>
    /// Hashes consecutive messages of <paramref name="size"/> bytes (a multiple of 8, less than <see cref="Keccak256.Rate"/>)
    /// into consecutive digests of 32 bytes. The digests may overwrite the messages.
    /// </summary>
    /// <exception cref="ArgumentException">The size is none of these, or the messages do not fill the digests.</exception>
    public static void Hash(ReadOnlySpan<byte> messages, int size, Span<byte> digests)
    {
        if (size is <= 0 or >= Keccak256.Rate || size % 8 != 0) throw new ArgumentException($"messages of {size} bytes", nameof(size));
        if (messages.Length % size != 0 || digests.Length < messages.Length / size * Hash256.Size) throw new ArgumentException("messages and digests differ in number", nameof(digests));
        HashByFour(messages, size, digests, KeccakWide.IsSupported ? KeccakWide.Hash(messages, size, digests) : 0);
    }

    /// <summary>The same without 512-bit vectors, for all but the first <paramref name="done"/> messages.</summary>
    internal static void HashByFour(ReadOnlySpan<byte> messages, int size, Span<byte> digests, int done)
    {
        var count = messages.Length / size;
        if (Vector256.IsHardwareAccelerated)
        {
            Span<Vector256<ulong>> state = stackalloc Vector256<ulong>[2 * Lanes];
            for (; count - done >= Ways; done += Ways)
            {
                Absorb(messages.Slice(done * size, Ways * size), size, state);
                Permute(state);
                Squeeze(state, digests[(done * Hash256.Size)..]);
            }
        }

        for (; done < count; done++) Keccak256.Hash(messages.Slice(done * size, size), digests[(done * Hash256.Size)..]);
    }

    private static void Absorb(ReadOnlySpan<byte> messages, int size, Span<Vector256<ulong>> state)
    {
        state[..Lanes].Clear();
        for (var i = 0; i < size / 8; i++)
        {
            state[i] = Vector256.Create(
                BinaryPrimitives.ReadUInt64LittleEndian(messages[(8 * i)..]),
                BinaryPrimitives.ReadUInt64LittleEndian(messages[(size + (8 * i))..]),
                BinaryPrimitives.ReadUInt64LittleEndian(messages[((2 * size) + (8 * i))..]),
                BinaryPrimitives.ReadUInt64LittleEndian(messages[((3 * size) + (8 * i))..]));
        }

        // Keccak's padding: a one behind the message, a one at the end of the rate.
        state[size / 8] ^= Vector256.Create(1UL);
        state[(Keccak256.Rate / 8) - 1] ^= Vector256.Create(1UL << 63);
    }

    private static void Squeeze(ReadOnlySpan<Vector256<ulong>> state, Span<byte> digests)
    {
        for (var way = 0; way < Ways; way++)
        {
            for (var i = 0; i < Hash256.Size / 8; i++)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(digests[((way * Hash256.Size) + (8 * i))..], state[i].GetElement(way));
            }
        }
    }

    private static void Permute(Span<Vector256<ulong>> state)
    {
        var a = state[..Lanes];
        var e = state.Slice(Lanes, Lanes);
        var constants = Keccak256.RoundConstants;
        for (var round = 0; round < constants.Length; round += 2)
        {
            Round(a, e, constants[round]);
            Round(e, a, constants[round + 1]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Rotate(Vector256<ulong> x, int bits) => (x << bits) | (x >>> (64 - bits));

    /// <summary>One round from <paramref name="a"/> to <paramref name="e"/>: theta, then row by row rho, pi, chi, and iota.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Round(ReadOnlySpan<Vector256<ulong>> a, Span<Vector256<ulong>> e, ulong constant)
    {
        // Slicing to a constant lets the compiler drop the bounds checks below.
        a = a[..Lanes];
        e = e[..Lanes];
        var c0 = a[0] ^ a[5] ^ a[10] ^ a[15] ^ a[20];
        var c1 = a[1] ^ a[6] ^ a[11] ^ a[16] ^ a[21];
        var c2 = a[2] ^ a[7] ^ a[12] ^ a[17] ^ a[22];
        var c3 = a[3] ^ a[8] ^ a[13] ^ a[18] ^ a[23];
        var c4 = a[4] ^ a[9] ^ a[14] ^ a[19] ^ a[24];
        var d0 = c4 ^ Rotate(c1, 1);
        var d1 = c0 ^ Rotate(c2, 1);
        var d2 = c1 ^ Rotate(c3, 1);
        var d3 = c2 ^ Rotate(c4, 1);
        var d4 = c3 ^ Rotate(c0, 1);
        Vector256<ulong> b0, b1, b2, b3, b4;
        b0 = a[0] ^ d0;
        b1 = Rotate(a[6] ^ d1, 44);
        b2 = Rotate(a[12] ^ d2, 43);
        b3 = Rotate(a[18] ^ d3, 21);
        b4 = Rotate(a[24] ^ d4, 14);
        e[0] = b0 ^ Vector256.AndNot(b2, b1) ^ Vector256.Create(constant);
        e[1] = b1 ^ Vector256.AndNot(b3, b2);
        e[2] = b2 ^ Vector256.AndNot(b4, b3);
        e[3] = b3 ^ Vector256.AndNot(b0, b4);
        e[4] = b4 ^ Vector256.AndNot(b1, b0);
        b0 = Rotate(a[3] ^ d3, 28);
        b1 = Rotate(a[9] ^ d4, 20);
        b2 = Rotate(a[10] ^ d0, 3);
        b3 = Rotate(a[16] ^ d1, 45);
        b4 = Rotate(a[22] ^ d2, 61);
        e[5] = b0 ^ Vector256.AndNot(b2, b1);
        e[6] = b1 ^ Vector256.AndNot(b3, b2);
        e[7] = b2 ^ Vector256.AndNot(b4, b3);
        e[8] = b3 ^ Vector256.AndNot(b0, b4);
        e[9] = b4 ^ Vector256.AndNot(b1, b0);
        b0 = Rotate(a[1] ^ d1, 1);
        b1 = Rotate(a[7] ^ d2, 6);
        b2 = Rotate(a[13] ^ d3, 25);
        b3 = Rotate(a[19] ^ d4, 8);
        b4 = Rotate(a[20] ^ d0, 18);
        e[10] = b0 ^ Vector256.AndNot(b2, b1);
        e[11] = b1 ^ Vector256.AndNot(b3, b2);
        e[12] = b2 ^ Vector256.AndNot(b4, b3);
        e[13] = b3 ^ Vector256.AndNot(b0, b4);
        e[14] = b4 ^ Vector256.AndNot(b1, b0);
        b0 = Rotate(a[4] ^ d4, 27);
        b1 = Rotate(a[5] ^ d0, 36);
        b2 = Rotate(a[11] ^ d1, 10);
        b3 = Rotate(a[17] ^ d2, 15);
        b4 = Rotate(a[23] ^ d3, 56);
        e[15] = b0 ^ Vector256.AndNot(b2, b1);
        e[16] = b1 ^ Vector256.AndNot(b3, b2);
        e[17] = b2 ^ Vector256.AndNot(b4, b3);
        e[18] = b3 ^ Vector256.AndNot(b0, b4);
        e[19] = b4 ^ Vector256.AndNot(b1, b0);
        b0 = Rotate(a[2] ^ d2, 62);
        b1 = Rotate(a[8] ^ d3, 55);
        b2 = Rotate(a[14] ^ d4, 39);
        b3 = Rotate(a[15] ^ d0, 41);
        b4 = Rotate(a[21] ^ d1, 2);
        e[20] = b0 ^ Vector256.AndNot(b2, b1);
        e[21] = b1 ^ Vector256.AndNot(b3, b2);
        e[22] = b2 ^ Vector256.AndNot(b4, b3);
        e[23] = b3 ^ Vector256.AndNot(b0, b4);
        e[24] = b4 ^ Vector256.AndNot(b1, b0);
    }
}
