using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Market.Ethereum.Signing;
using Market.Hashing;

namespace Market.Ethereum.Keystore;

/// <summary>Cost of scrypt: 128 * <paramref name="N"/> * <paramref name="R"/> bytes, <paramref name="P"/> times over.</summary>
public sealed record ScryptCost(int N, int R, int P)
{
    /// <summary>What wallets use: 256 MiB and about a second.</summary>
    public static ScryptCost Standard { get; } = new(262144, 8, 1);

    /// <summary>For keys that are worth nothing, such as a local chain's: 4 MiB and a few milliseconds.</summary>
    public static ScryptCost Light { get; } = new(4096, 8, 1);
}

/// <summary>Why a keystore did not open.</summary>
public enum KeystoreFault
{
    /// <summary>It did open.</summary>
    None,

    /// <summary>The password is wrong; the file is intact as far as one can tell.</summary>
    WrongPassword,

    /// <summary>The text is no V3 keystore, or asks for a cipher, function or cost that is not supported.</summary>
    Unsupported,
}

/// <summary>
/// A private key encrypted under a password: V3 JSON ("Web3 Secret Storage Definition"), written with scrypt and read with
/// scrypt or pbkdf2, aes-128-ctr in both cases.
/// </summary>
public static class KeystoreV3
{
    // Files come from elsewhere: bound what they can make us spend (1 GiB, about ten seconds).
    private const long MaxScryptMemory = 1L << 30;
    private const long MaxScryptWork = 1L << 24;
    private const int MaxIterations = 10_000_000;
    private const int MaxText = 1 << 16;

    /// <summary>Encrypts <paramref name="key"/>; <paramref name="random"/> gives salt, vector and id.</summary>
    public static string Encrypt(EthereumKey key, string password, ScryptCost cost, RandomNumberGenerator random)
    {
        Span<byte> salt = stackalloc byte[32];
        Span<byte> iv = stackalloc byte[16];
        Span<byte> id = stackalloc byte[16];
        random.GetBytes(salt);
        random.GetBytes(iv);
        random.GetBytes(id);

        var derived = Scrypt.Derive(Encoding.UTF8.GetBytes(password), salt, cost.N, cost.R, cost.P, 32);
        var secret = key.ExportSecret();
        try
        {
            AesCtr.Transform(derived.AsSpan(0, 16), iv, secret);
            return JsonSerializer.Serialize(
                new KeystoreDocument(
                    3,
                    Uuid(id),
                    Convert.ToHexStringLower(key.Address.ToArray()),
                    new KeystoreCrypto(
                        "aes-128-ctr",
                        new KeystoreCipher(Convert.ToHexStringLower(iv)),
                        Convert.ToHexStringLower(secret),
                        "scrypt",
                        new KeystoreKdf(32, Convert.ToHexStringLower(salt), cost.N, cost.R, cost.P),
                        Convert.ToHexStringLower(Mac(derived, secret)))),
                KeystoreJson.Default.KeystoreDocument);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(derived);
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>Decrypts a keystore file's text; <paramref name="key"/> is null unless the result is <see cref="KeystoreFault.None"/>.</summary>
    public static KeystoreFault Decrypt(string json, string password, out EthereumKey? key)
    {
        key = null;
        if (Read(json) is not { Version: 3, Crypto: { Cipher: "aes-128-ctr" } crypto }) return KeystoreFault.Unsupported;
        if (!Hex.TryDecode(crypto.CipherText, out var secret) || secret.Length != EthereumKey.Size) return KeystoreFault.Unsupported;
        if (!Hex.TryDecode(crypto.CipherParams.Iv, out var iv) || iv.Length != 16) return KeystoreFault.Unsupported;
        if (!Hex.TryDecode(crypto.Mac, out var mac)) return KeystoreFault.Unsupported;
        if (Derive(crypto, password) is not { } derived) return KeystoreFault.Unsupported;
        try
        {
            if (!CryptographicOperations.FixedTimeEquals(Mac(derived, secret), mac)) return KeystoreFault.WrongPassword;
            AesCtr.Transform(derived.AsSpan(0, 16), iv, secret);
            key = new EthereumKey(secret);
            return KeystoreFault.None;
        }
        catch (ArgumentException)
        {
            return KeystoreFault.Unsupported; // Encrypts a number that is no key.
        }
        finally
        {
            CryptographicOperations.ZeroMemory(derived);
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>The address that a keystore says it holds, without opening it: a hint, not a proof.</summary>
    public static Address? AddressOf(string json) =>
        Read(json) is { Version: 3, Address: { } text } && Address.TryParse(text, out var address) ? address : null;

    private static KeystoreDocument? Read(string json)
    {
        try
        {
            return json.Length <= MaxText ? JsonSerializer.Deserialize(json, KeystoreJson.Default.KeystoreDocument) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static byte[]? Derive(KeystoreCrypto crypto, string password)
    {
        var parameters = crypto.KdfParams;
        if (parameters.DkLen is < 32 or > 1024 || !Hex.TryDecode(parameters.Salt, out var salt)) return null;
        var bytes = Encoding.UTF8.GetBytes(password);
        return (crypto.Kdf, parameters) switch
        {
            ("scrypt", { N: { } n, R: { } r, P: { } p }) when IsAffordable(n, r, p) => Scrypt.Derive(bytes, salt, n, r, p, parameters.DkLen),
            ("pbkdf2", { Prf: "hmac-sha256", C: > 0 and <= MaxIterations and var c }) =>
                Rfc2898DeriveBytes.Pbkdf2(bytes, salt, c, HashAlgorithmName.SHA256, parameters.DkLen),
            _ => null,
        };
    }

    private static bool IsAffordable(int n, int r, int p) =>
        n > 1 && int.IsPow2(n) && r is > 0 and <= 1024 && p is > 0 and <= 1024
        && 128L * n * r <= MaxScryptMemory && (long)n * r * p <= MaxScryptWork;

    private static byte[] Mac(ReadOnlySpan<byte> derived, ReadOnlySpan<byte> cipherText) =>
        Keccak256.Hash([.. derived[16..32], .. cipherText]).ToArray();

    // RFC 9562, version 4.
    private static string Uuid(Span<byte> id)
    {
        id[6] = (byte)((id[6] & 0x0f) | 0x40);
        id[8] = (byte)((id[8] & 0x3f) | 0x80);
        return new Guid(id, bigEndian: true).ToString("D", CultureInfo.InvariantCulture);
    }
}
