using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Market.Hashing;

/// <summary>
/// Eight Keccak-256 side by side in 512-bit vectors: a rotation and a three-operand logic step are one instruction each,
/// and all 25 lanes fit the 32 registers. Needs AVX-512F; <see cref="KeccakBatch"/> has the slower forms.
/// </summary>
internal static class KeccakWide
{
    private const int Ways = 8;
    private const int WordBytes = 8;
    private const int Row = Ways * WordBytes;

    // Truth tables of the three-operand instruction: a ^ b ^ c, and a ^ (~b & c).
    private const byte Xor3 = 0x96;
    private const byte Chi = 0xD2;

    public static bool IsSupported => Avx512F.IsSupported;

    /// <summary>
    /// Hashes what <see cref="KeccakBatch.Hash"/> is given, as far as eight at a time are worth it; returns how many.
    /// Fewer than eight at the end are hashed with idle lanes, which still beats one after another.
    /// </summary>
    public static int Hash(ReadOnlySpan<byte> messages, int size, Span<byte> digests)
    {
        var count = messages.Length / size;
        if (count < 2) return 0;
        Span<Vector512<ulong>> state = stackalloc Vector512<ulong>[25];
        Span<byte> padded = stackalloc byte[Ways * Keccak256.Rate];
        for (var done = 0; done < count; done += Ways)
        {
            var here = Math.Min(Ways, count - done);
            scoped var batch = messages.Slice(done * size, here * size);
            if (here < Ways)
            {
                batch.CopyTo(padded);
                batch = padded[..(Ways * size)];
            }

            Absorb(batch, size, state);
            Permute(state);
            Squeeze(state, digests.Slice(done * Hash256.Size, here * Hash256.Size), here);
        }

        return count;
    }

    private static void Absorb(ReadOnlySpan<byte> messages, int size, Span<Vector512<ulong>> state)
    {
        state.Clear();
        ref var first = ref MemoryMarshal.GetReference(messages);
        var whole = size / Row * Row;
        for (var at = 0; at < whole; at += Row) Transpose(ref Unsafe.Add(ref first, at), size, state.Slice(at / WordBytes, Ways));
        for (var at = whole; at < size; at += WordBytes)
        {
            state[at / WordBytes] = Vector512.Create(
                Word(ref first, at), Word(ref first, size + at), Word(ref first, (2 * size) + at), Word(ref first, (3 * size) + at),
                Word(ref first, (4 * size) + at), Word(ref first, (5 * size) + at), Word(ref first, (6 * size) + at), Word(ref first, (7 * size) + at));
        }

        // Keccak's padding: a one behind the message, a one at the end of the rate.
        state[size / WordBytes] ^= Vector512.Create(1UL);
        state[(Keccak256.Rate / WordBytes) - 1] ^= Vector512.Create(1UL << 63);
    }

    // x86 alone has these vectors, and it is little-endian, as Keccak's words are.
    private static ulong Word(ref byte first, int at) => Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, at));

    /// <summary>Eight words of each of eight messages, <paramref name="size"/> bytes apart: from a row a message to a row a word.</summary>
    private static void Transpose(ref byte from, int size, Span<Vector512<ulong>> to)
    {
        var (r0, r1) = (Load(ref from, 0), Load(ref from, size));
        var (r2, r3) = (Load(ref from, 2 * size), Load(ref from, 3 * size));
        var (r4, r5) = (Load(ref from, 4 * size), Load(ref from, 5 * size));
        var (r6, r7) = (Load(ref from, 6 * size), Load(ref from, 7 * size));
        Quarter(Avx512F.UnpackLow(r0, r1), Avx512F.UnpackLow(r2, r3), Avx512F.UnpackLow(r4, r5), Avx512F.UnpackLow(r6, r7), to);
        Quarter(Avx512F.UnpackHigh(r0, r1), Avx512F.UnpackHigh(r2, r3), Avx512F.UnpackHigh(r4, r5), Avx512F.UnpackHigh(r6, r7), to[1..]);

        static Vector512<ulong> Load(ref byte from, int at) => Unsafe.ReadUnaligned<Vector512<ulong>>(ref Unsafe.Add(ref from, at));
    }

    // Words 0, 2, 4 and 6 (or the odd ones) of pairs of messages, gathered 128 bits at a time.
    private static void Quarter(Vector512<ulong> t0, Vector512<ulong> t1, Vector512<ulong> t2, Vector512<ulong> t3, Span<Vector512<ulong>> to)
    {
        const byte Even = 0x88;
        const byte Odd = 0xDD;
        var (low0, low1) = (Avx512F.Shuffle4x128(t0, t1, Even), Avx512F.Shuffle4x128(t2, t3, Even));
        var (high0, high1) = (Avx512F.Shuffle4x128(t0, t1, Odd), Avx512F.Shuffle4x128(t2, t3, Odd));
        to[0] = Avx512F.Shuffle4x128(low0, low1, Even);
        to[4] = Avx512F.Shuffle4x128(low0, low1, Odd);
        to[2] = Avx512F.Shuffle4x128(high0, high1, Even);
        to[6] = Avx512F.Shuffle4x128(high0, high1, Odd);
    }

    private static void Squeeze(ReadOnlySpan<Vector512<ulong>> state, Span<byte> digests, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var digest = MemoryMarshal.Cast<byte, ulong>(digests.Slice(i * Hash256.Size, Hash256.Size));
            for (var word = 0; word < digest.Length; word++) digest[word] = MemoryMarshal.Cast<Vector512<ulong>, ulong>(state.Slice(word, 1))[i];
        }
    }

    /// <summary>All rounds, two a turn so that no lane has to be moved: theta, then row by row rho, pi, chi, and iota.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Permute(Span<Vector512<ulong>> state)
    {
        ref var s = ref MemoryMarshal.GetReference(state);
        var a0 = s;
        var a1 = Unsafe.Add(ref s, 1);
        var a2 = Unsafe.Add(ref s, 2);
        var a3 = Unsafe.Add(ref s, 3);
        var a4 = Unsafe.Add(ref s, 4);
        var a5 = Unsafe.Add(ref s, 5);
        var a6 = Unsafe.Add(ref s, 6);
        var a7 = Unsafe.Add(ref s, 7);
        var a8 = Unsafe.Add(ref s, 8);
        var a9 = Unsafe.Add(ref s, 9);
        var a10 = Unsafe.Add(ref s, 10);
        var a11 = Unsafe.Add(ref s, 11);
        var a12 = Unsafe.Add(ref s, 12);
        var a13 = Unsafe.Add(ref s, 13);
        var a14 = Unsafe.Add(ref s, 14);
        var a15 = Unsafe.Add(ref s, 15);
        var a16 = Unsafe.Add(ref s, 16);
        var a17 = Unsafe.Add(ref s, 17);
        var a18 = Unsafe.Add(ref s, 18);
        var a19 = Unsafe.Add(ref s, 19);
        var a20 = Unsafe.Add(ref s, 20);
        var a21 = Unsafe.Add(ref s, 21);
        var a22 = Unsafe.Add(ref s, 22);
        var a23 = Unsafe.Add(ref s, 23);
        var a24 = Unsafe.Add(ref s, 24);
        var constants = Keccak256.RoundConstants;
        for (var round = 0; round < 24; round += 2)
        {
            var c0 = Avx512F.TernaryLogic(Avx512F.TernaryLogic(a0, a5, a10, Xor3), a15, a20, Xor3);
            var c1 = Avx512F.TernaryLogic(Avx512F.TernaryLogic(a1, a6, a11, Xor3), a16, a21, Xor3);
            var c2 = Avx512F.TernaryLogic(Avx512F.TernaryLogic(a2, a7, a12, Xor3), a17, a22, Xor3);
            var c3 = Avx512F.TernaryLogic(Avx512F.TernaryLogic(a3, a8, a13, Xor3), a18, a23, Xor3);
            var c4 = Avx512F.TernaryLogic(Avx512F.TernaryLogic(a4, a9, a14, Xor3), a19, a24, Xor3);
            var d0 = c4 ^ Avx512F.RotateLeft(c1, 1);
            var d1 = c0 ^ Avx512F.RotateLeft(c2, 1);
            var d2 = c1 ^ Avx512F.RotateLeft(c3, 1);
            var d3 = c2 ^ Avx512F.RotateLeft(c4, 1);
            var d4 = c3 ^ Avx512F.RotateLeft(c0, 1);
            var b0 = a0 ^ d0;
            var b1 = Avx512F.RotateLeft(a6 ^ d1, 44);
            var b2 = Avx512F.RotateLeft(a12 ^ d2, 43);
            var b3 = Avx512F.RotateLeft(a18 ^ d3, 21);
            var b4 = Avx512F.RotateLeft(a24 ^ d4, 14);
            var e0 = Avx512F.TernaryLogic(b0, b1, b2, Chi) ^ Vector512.Create(constants[round]);
            var e1 = Avx512F.TernaryLogic(b1, b2, b3, Chi);
            var e2 = Avx512F.TernaryLogic(b2, b3, b4, Chi);
            var e3 = Avx512F.TernaryLogic(b3, b4, b0, Chi);
            var e4 = Avx512F.TernaryLogic(b4, b0, b1, Chi);
            b0 = Avx512F.RotateLeft(a3 ^ d3, 28);
            b1 = Avx512F.RotateLeft(a9 ^ d4, 20);
            b2 = Avx512F.RotateLeft(a10 ^ d0, 3);
            b3 = Avx512F.RotateLeft(a16 ^ d1, 45);
            b4 = Avx512F.RotateLeft(a22 ^ d2, 61);
            var e5 = Avx512F.TernaryLogic(b0, b1, b2, Chi);
            var e6 = Avx512F.TernaryLogic(b1, b2, b3, Chi);
            var e7 = Avx512F.TernaryLogic(b2, b3, b4, Chi);
            var e8 = Avx512F.TernaryLogic(b3, b4, b0, Chi);
            var e9 = Avx512F.TernaryLogic(b4, b0, b1, Chi);
            b0 = Avx512F.RotateLeft(a1 ^ d1, 1);
            b1 = Avx512F.RotateLeft(a7 ^ d2, 6);
            b2 = Avx512F.RotateLeft(a13 ^ d3, 25);
            b3 = Avx512F.RotateLeft(a19 ^ d4, 8);
            b4 = Avx512F.RotateLeft(a20 ^ d0, 18);
            var e10 = Avx512F.TernaryLogic(b0, b1, b2, Chi);
            var e11 = Avx512F.TernaryLogic(b1, b2, b3, Chi);
            var e12 = Avx512F.TernaryLogic(b2, b3, b4, Chi);
            var e13 = Avx512F.TernaryLogic(b3, b4, b0, Chi);
            var e14 = Avx512F.TernaryLogic(b4, b0, b1, Chi);
            b0 = Avx512F.RotateLeft(a4 ^ d4, 27);
            b1 = Avx512F.RotateLeft(a5 ^ d0, 36);
            b2 = Avx512F.RotateLeft(a11 ^ d1, 10);
            b3 = Avx512F.RotateLeft(a17 ^ d2, 15);
            b4 = Avx512F.RotateLeft(a23 ^ d3, 56);
            var e15 = Avx512F.TernaryLogic(b0, b1, b2, Chi);
            var e16 = Avx512F.TernaryLogic(b1, b2, b3, Chi);
            var e17 = Avx512F.TernaryLogic(b2, b3, b4, Chi);
            var e18 = Avx512F.TernaryLogic(b3, b4, b0, Chi);
            var e19 = Avx512F.TernaryLogic(b4, b0, b1, Chi);
            b0 = Avx512F.RotateLeft(a2 ^ d2, 62);
            b1 = Avx512F.RotateLeft(a8 ^ d3, 55);
            b2 = Avx512F.RotateLeft(a14 ^ d4, 39);
            b3 = Avx512F.RotateLeft(a15 ^ d0, 41);
            b4 = Avx512F.RotateLeft(a21 ^ d1, 2);
            var e20 = Avx512F.TernaryLogic(b0, b1, b2, Chi);
            var e21 = Avx512F.TernaryLogic(b1, b2, b3, Chi);
            var e22 = Avx512F.TernaryLogic(b2, b3, b4, Chi);
            var e23 = Avx512F.TernaryLogic(b3, b4, b0, Chi);
            var e24 = Avx512F.TernaryLogic(b4, b0, b1, Chi);
            c0 = Avx512F.TernaryLogic(Avx512F.TernaryLogic(e0, e5, e10, Xor3), e15, e20, Xor3);
            c1 = Avx512F.TernaryLogic(Avx512F.TernaryLogic(e1, e6, e11, Xor3), e16, e21, Xor3);
            c2 = Avx512F.TernaryLogic(Avx512F.TernaryLogic(e2, e7, e12, Xor3), e17, e22, Xor3);
            c3 = Avx512F.TernaryLogic(Avx512F.TernaryLogic(e3, e8, e13, Xor3), e18, e23, Xor3);
            c4 = Avx512F.TernaryLogic(Avx512F.TernaryLogic(e4, e9, e14, Xor3), e19, e24, Xor3);
            d0 = c4 ^ Avx512F.RotateLeft(c1, 1);
            d1 = c0 ^ Avx512F.RotateLeft(c2, 1);
            d2 = c1 ^ Avx512F.RotateLeft(c3, 1);
            d3 = c2 ^ Avx512F.RotateLeft(c4, 1);
            d4 = c3 ^ Avx512F.RotateLeft(c0, 1);
            b0 = e0 ^ d0;
            b1 = Avx512F.RotateLeft(e6 ^ d1, 44);
            b2 = Avx512F.RotateLeft(e12 ^ d2, 43);
            b3 = Avx512F.RotateLeft(e18 ^ d3, 21);
            b4 = Avx512F.RotateLeft(e24 ^ d4, 14);
            a0 = Avx512F.TernaryLogic(b0, b1, b2, Chi) ^ Vector512.Create(constants[round + 1]);
            a1 = Avx512F.TernaryLogic(b1, b2, b3, Chi);
            a2 = Avx512F.TernaryLogic(b2, b3, b4, Chi);
            a3 = Avx512F.TernaryLogic(b3, b4, b0, Chi);
            a4 = Avx512F.TernaryLogic(b4, b0, b1, Chi);
            b0 = Avx512F.RotateLeft(e3 ^ d3, 28);
            b1 = Avx512F.RotateLeft(e9 ^ d4, 20);
            b2 = Avx512F.RotateLeft(e10 ^ d0, 3);
            b3 = Avx512F.RotateLeft(e16 ^ d1, 45);
            b4 = Avx512F.RotateLeft(e22 ^ d2, 61);
            a5 = Avx512F.TernaryLogic(b0, b1, b2, Chi);
            a6 = Avx512F.TernaryLogic(b1, b2, b3, Chi);
            a7 = Avx512F.TernaryLogic(b2, b3, b4, Chi);
            a8 = Avx512F.TernaryLogic(b3, b4, b0, Chi);
            a9 = Avx512F.TernaryLogic(b4, b0, b1, Chi);
            b0 = Avx512F.RotateLeft(e1 ^ d1, 1);
            b1 = Avx512F.RotateLeft(e7 ^ d2, 6);
            b2 = Avx512F.RotateLeft(e13 ^ d3, 25);
            b3 = Avx512F.RotateLeft(e19 ^ d4, 8);
            b4 = Avx512F.RotateLeft(e20 ^ d0, 18);
            a10 = Avx512F.TernaryLogic(b0, b1, b2, Chi);
            a11 = Avx512F.TernaryLogic(b1, b2, b3, Chi);
            a12 = Avx512F.TernaryLogic(b2, b3, b4, Chi);
            a13 = Avx512F.TernaryLogic(b3, b4, b0, Chi);
            a14 = Avx512F.TernaryLogic(b4, b0, b1, Chi);
            b0 = Avx512F.RotateLeft(e4 ^ d4, 27);
            b1 = Avx512F.RotateLeft(e5 ^ d0, 36);
            b2 = Avx512F.RotateLeft(e11 ^ d1, 10);
            b3 = Avx512F.RotateLeft(e17 ^ d2, 15);
            b4 = Avx512F.RotateLeft(e23 ^ d3, 56);
            a15 = Avx512F.TernaryLogic(b0, b1, b2, Chi);
            a16 = Avx512F.TernaryLogic(b1, b2, b3, Chi);
            a17 = Avx512F.TernaryLogic(b2, b3, b4, Chi);
            a18 = Avx512F.TernaryLogic(b3, b4, b0, Chi);
            a19 = Avx512F.TernaryLogic(b4, b0, b1, Chi);
            b0 = Avx512F.RotateLeft(e2 ^ d2, 62);
            b1 = Avx512F.RotateLeft(e8 ^ d3, 55);
            b2 = Avx512F.RotateLeft(e14 ^ d4, 39);
            b3 = Avx512F.RotateLeft(e15 ^ d0, 41);
            b4 = Avx512F.RotateLeft(e21 ^ d1, 2);
            a20 = Avx512F.TernaryLogic(b0, b1, b2, Chi);
            a21 = Avx512F.TernaryLogic(b1, b2, b3, Chi);
            a22 = Avx512F.TernaryLogic(b2, b3, b4, Chi);
            a23 = Avx512F.TernaryLogic(b3, b4, b0, Chi);
            a24 = Avx512F.TernaryLogic(b4, b0, b1, Chi);
        }

        s = a0;
        Unsafe.Add(ref s, 1) = a1;
        Unsafe.Add(ref s, 2) = a2;
        Unsafe.Add(ref s, 3) = a3;
        Unsafe.Add(ref s, 4) = a4;
        Unsafe.Add(ref s, 5) = a5;
        Unsafe.Add(ref s, 6) = a6;
        Unsafe.Add(ref s, 7) = a7;
        Unsafe.Add(ref s, 8) = a8;
        Unsafe.Add(ref s, 9) = a9;
        Unsafe.Add(ref s, 10) = a10;
        Unsafe.Add(ref s, 11) = a11;
        Unsafe.Add(ref s, 12) = a12;
        Unsafe.Add(ref s, 13) = a13;
        Unsafe.Add(ref s, 14) = a14;
        Unsafe.Add(ref s, 15) = a15;
        Unsafe.Add(ref s, 16) = a16;
        Unsafe.Add(ref s, 17) = a17;
        Unsafe.Add(ref s, 18) = a18;
        Unsafe.Add(ref s, 19) = a19;
        Unsafe.Add(ref s, 20) = a20;
        Unsafe.Add(ref s, 21) = a21;
        Unsafe.Add(ref s, 22) = a22;
        Unsafe.Add(ref s, 23) = a23;
        Unsafe.Add(ref s, 24) = a24;
    }
}
