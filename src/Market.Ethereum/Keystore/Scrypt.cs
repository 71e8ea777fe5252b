using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace Market.Ethereum.Keystore;

/// <summary>
/// scrypt. Source: RFC 7914. Our own because BouncyCastle refuses parameters that old wallets wrote (N = 262144, r = 1).
/// </summary>
internal static class Scrypt
{
    private const int BlockWords = 16;

    /// <summary>Derives <paramref name="length"/> bytes; takes 128 * n * r bytes of memory.</summary>
    internal static byte[] Derive(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int n, int r, int p, int length)
    {
        var lane = 128 * r;
        var bytes = Rfc2898DeriveBytes.Pbkdf2(password, salt, 1, HashAlgorithmName.SHA256, lane * p);
        var words = lane / 4;
        var x = new uint[words];
        var scratch = new uint[words];
        var memory = new uint[n][];
        for (var i = 0; i < n; i++) memory[i] = new uint[words];

        for (var i = 0; i < p; i++)
        {
            var part = bytes.AsSpan(i * lane, lane);
            for (var w = 0; w < words; w++) x[w] = BinaryPrimitives.ReadUInt32LittleEndian(part[(4 * w)..]);
            Mix(ref x, ref scratch, memory);
            for (var w = 0; w < words; w++) BinaryPrimitives.WriteUInt32LittleEndian(part[(4 * w)..], x[w]);
        }

        return Rfc2898DeriveBytes.Pbkdf2(password, bytes, 1, HashAlgorithmName.SHA256, length);
    }

    // scryptROMix, RFC 7914 §5.
    private static void Mix(ref uint[] x, ref uint[] scratch, uint[][] memory)
    {
        foreach (var slot in memory)
        {
            x.AsSpan().CopyTo(slot);
            MixBlocks(x, scratch);
            (x, scratch) = (scratch, x);
        }

        for (var i = 0; i < memory.Length; i++)
        {
            var slot = memory[x[^BlockWords] & (uint)(memory.Length - 1)];
            for (var w = 0; w < slot.Length; w++) x[w] ^= slot[w];
            MixBlocks(x, scratch);
            (x, scratch) = (scratch, x);
        }
    }

    // scryptBlockMix, RFC 7914 §4: even blocks go to the first half, odd ones to the second.
    private static void MixBlocks(ReadOnlySpan<uint> input, Span<uint> output)
    {
        var blocks = input.Length / BlockWords;
        Span<uint> x = stackalloc uint[BlockWords];
        input[((blocks - 1) * BlockWords)..].CopyTo(x);
        for (var i = 0; i < blocks; i++)
        {
            var block = input.Slice(i * BlockWords, BlockWords);
            for (var w = 0; w < BlockWords; w++) x[w] ^= block[w];
            Salsa(x);
            var at = (i / 2) + (i % 2 * (blocks / 2));
            x.CopyTo(output[(at * BlockWords)..]);
        }
    }

    // Salsa20/8, RFC 7914 §3.
    private static void Salsa(Span<uint> b)
    {
        b = b[..BlockWords];
        var (x0, x1, x2, x3, x4, x5, x6, x7) = (b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]);
        var (x8, x9, x10, x11, x12, x13, x14, x15) = (b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
        for (var round = 0; round < 8; round += 2)
        {
            Quarter(ref x0, ref x4, ref x8, ref x12);
            Quarter(ref x5, ref x9, ref x13, ref x1);
            Quarter(ref x10, ref x14, ref x2, ref x6);
            Quarter(ref x15, ref x3, ref x7, ref x11);
            Quarter(ref x0, ref x1, ref x2, ref x3);
            Quarter(ref x5, ref x6, ref x7, ref x4);
            Quarter(ref x10, ref x11, ref x8, ref x9);
            Quarter(ref x15, ref x12, ref x13, ref x14);
        }

        (b[0], b[1], b[2], b[3]) = (b[0] + x0, b[1] + x1, b[2] + x2, b[3] + x3);
        (b[4], b[5], b[6], b[7]) = (b[4] + x4, b[5] + x5, b[6] + x6, b[7] + x7);
        (b[8], b[9], b[10], b[11]) = (b[8] + x8, b[9] + x9, b[10] + x10, b[11] + x11);
        (b[12], b[13], b[14], b[15]) = (b[12] + x12, b[13] + x13, b[14] + x14, b[15] + x15);
    }

    private static void Quarter(ref uint a, ref uint b, ref uint c, ref uint d)
    {
        b ^= BitOperations.RotateLeft(a + d, 7);
        c ^= BitOperations.RotateLeft(b + a, 9);
        d ^= BitOperations.RotateLeft(c + b, 13);
        a ^= BitOperations.RotateLeft(d + c, 18);
    }
}
