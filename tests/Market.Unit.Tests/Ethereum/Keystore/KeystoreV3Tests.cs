using System.Security.Cryptography;
using System.Text;
using Market.Ethereum.Keystore;
using Market.Ethereum.Signing;
using Market.Hashing;

namespace Market.Unit.Tests.Ethereum.Keystore;

public class KeystoreV3Tests
{
    // The two test vectors of the "Web3 Secret Storage Definition".
    private const string PublishedKey = "0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d";

    private const string Pbkdf2 =
        """
        {"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"6087dab2f9fdbbfaddc31a909735c1e6"},
        "ciphertext":"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46","kdf":"pbkdf2",
        "kdfparams":{"c":262144,"dklen":32,"prf":"hmac-sha256","salt":"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},
        "mac":"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},"id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}
        """;

    private const string ScryptText =
        """
        {"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"83dbcc02d8ccb40e466191a123791e0e"},
        "ciphertext":"d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c","kdf":"scrypt",
        "kdfparams":{"dklen":32,"n":262144,"r":1,"p":8,"salt":"ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19"},
        "mac":"2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097"},"id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}
        """;

    [Theory]
    [InlineData(Pbkdf2)]
    [InlineData(ScryptText)]
    public void Decrypt_OfAPublishedFile_IsItsKey(string json)
    {
        var fault = KeystoreV3.Decrypt(json, "testpassword", out var key);

        Assert.Equal(KeystoreFault.None, fault);
        Assert.Equal(PublishedKey, Hex.Encode(key!.ExportSecret()));
    }

    // RFC 7914 §12; the fourth vector (1 GiB) is left out.
    [Theory]
    [InlineData("", "", 16, 1, 1, "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906")]
    [InlineData("password", "NaCl", 1024, 8, 16, "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640")]
    [InlineData("pleaseletmein", "SodiumChloride", 16384, 8, 1, "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887")]
    public void Scrypt_OfThePublishedInputs_IsTheirOutput(string password, string salt, int n, int r, int p, string expected) => Assert.Equal(
        expected,
        Convert.ToHexStringLower(Scrypt.Derive(Encoding.ASCII.GetBytes(password), Encoding.ASCII.GetBytes(salt), n, r, p, 64)));

    [Fact]
    public void Decrypt_OfWhatWasEncrypted_IsTheKey()
    {
        using var random = RandomNumberGenerator.Create();
        var key = EthereumKey.Generate(random);

        var json = KeystoreV3.Encrypt(key, "correct horse ✓", ScryptCost.Light, random);

        Assert.Equal(key.Address, KeystoreV3.AddressOf(json));
        Assert.Equal(KeystoreFault.None, KeystoreV3.Decrypt(json, "correct horse ✓", out var opened));
        Assert.Equal(key.Address, opened!.Address);
        Assert.Equal(KeystoreFault.WrongPassword, KeystoreV3.Decrypt(json, "correct horse", out var closed));
        Assert.Null(closed);
        Assert.DoesNotContain(Convert.ToHexStringLower(key.ExportSecret()), json, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"n\":262144", "\"n\":1073741824")]
    [InlineData("\"n\":262144", "\"n\":262143")]
    [InlineData("\"p\":8", "\"p\":0")]
    [InlineData("\"r\":1", "\"r\":100000")]
    [InlineData("\"kdf\":\"scrypt\"", "\"kdf\":\"bcrypt\"")]
    [InlineData("aes-128-ctr", "aes-128-cbc")]
    [InlineData("\"version\":3", "\"version\":1")]
    [InlineData("\"mac\"", "\"mack\"")]
    [InlineData("\"dklen\":32", "\"dklen\":16")]
    [InlineData("83dbcc02", "83dbcc")]
    public void Decrypt_OfAFileItCannotOrShouldNotOpen_SaysSo(string part, string other)
    {
        var changed = ScryptText.Replace(part, other, StringComparison.Ordinal);

        Assert.Equal(KeystoreFault.Unsupported, KeystoreV3.Decrypt(changed, "testpassword", out _));
    }

    [Fact]
    public async Task AKeystoreFile_IsItsOwnersAlone_AndNeverOverwritten()
    {
        var cancel = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory("keystore");
        try
        {
            var path = Path.Combine(folder.FullName, "keys", "alice.json");

            await KeystoreFile.CreateAsync(path, Pbkdf2, cancel);

            Assert.Equal(Pbkdf2, (await File.ReadAllTextAsync(path, cancel)).TrimEnd());
            if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
            await Assert.ThrowsAsync<IOException>(() => KeystoreFile.CreateAsync(path, ScryptText, cancel));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
