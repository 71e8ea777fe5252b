using System.Text.Json.Serialization;

namespace Market.Ethereum.Keystore;

/// <summary>The JSON of a V3 keystore file ("Web3 Secret Storage Definition").</summary>
internal sealed record KeystoreDocument(
    [property: JsonRequired] int Version, string? Id, string? Address, [property: JsonRequired] KeystoreCrypto Crypto);

internal sealed record KeystoreCrypto(
    [property: JsonRequired] string Cipher,
    [property: JsonPropertyName("cipherparams"), JsonRequired] KeystoreCipher CipherParams,
    [property: JsonPropertyName("ciphertext"), JsonRequired] string CipherText,
    [property: JsonRequired] string Kdf,
    [property: JsonPropertyName("kdfparams"), JsonRequired] KeystoreKdf KdfParams,
    [property: JsonRequired] string Mac);

internal sealed record KeystoreCipher([property: JsonRequired] string Iv);

/// <summary>Parameters of both functions; the others' are null.</summary>
internal sealed record KeystoreKdf(
    [property: JsonPropertyName("dklen"), JsonRequired] int DkLen,
    [property: JsonRequired] string Salt,
    int? N = null,
    int? R = null,
    int? P = null,
    int? C = null,
    string? Prf = null);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    PropertyNameCaseInsensitive = true, // Some wallets write "Crypto".
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(KeystoreDocument))]
internal sealed partial class KeystoreJson : JsonSerializerContext;
