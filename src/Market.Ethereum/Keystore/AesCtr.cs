using System.Security.Cryptography;

namespace Market.Ethereum.Keystore;

/// <summary>AES in counter mode with a 128-bit big-endian counter. Source: NIST SP 800-38A §6.5.</summary>
internal static class AesCtr
{
    /// <summary>Encrypts or decrypts <paramref name="data"/> in place.</summary>
    internal static void Transform(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, Span<byte> data)
    {
        using var aes = Aes.Create();
        aes.SetKey(key);
        Span<byte> counter = stackalloc byte[16];
        Span<byte> pad = stackalloc byte[16];
        iv.CopyTo(counter);
        for (var at = 0; at < data.Length; at += pad.Length)
        {
            aes.EncryptEcb(counter, pad, PaddingMode.None);
            var block = data[at..Math.Min(at + pad.Length, data.Length)];
            for (var i = 0; i < block.Length; i++) block[i] ^= pad[i];
            for (var i = counter.Length - 1; i >= 0 && ++counter[i] == 0; i--)
            {
                // The carry goes on to the next digit.
            }
        }
    }
}
