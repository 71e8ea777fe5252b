using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Market.Hashing;

namespace Market.Transport.Serving;

/// <summary>
/// A node's TLS certificate: self-signed, trusted by nobody for its names, known by the hash of its public key, which
/// the device publishes on the chain. The key is kept so that the published hash outlives a restart.
/// </summary>
public static class TransportCertificate
{
    private const string Name = "CN=market-node";

    /// <summary>SHA-256 of the certificate's SubjectPublicKeyInfo: the device's transport key.</summary>
    public static Hash256 KeyOf(X509Certificate2 certificate) =>
        new(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));

    /// <summary>A certificate for the key in a file, which is made, for its owner alone, if it does not exist.</summary>
    /// <exception cref="CryptographicException">The file holds no key.</exception>
    public static X509Certificate2 LoadOrCreate(string keyPath, TimeProvider time)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (File.Exists(keyPath))
        {
            key.ImportFromPem(File.ReadAllText(keyPath));
        }
        else
        {
            Save(keyPath, key.ExportPkcs8PrivateKeyPem());
        }

        var request = new CertificateRequest(Name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));

        // The pin is the key, not the dates: they are wide so that no clock matters.
        var now = time.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddYears(-1), now.AddYears(20));

        // TLS on Windows wants a key that is not ephemeral; going through PFX gives one everywhere.
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }

    private static void Save(string path, string pem)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var temp = path + ".new";
        using (var stream = new FileStream(temp, options))
        {
            stream.Write(System.Text.Encoding.ASCII.GetBytes(pem));
            stream.Flush(flushToDisk: true);
        }

        File.Move(temp, path);
    }
}
