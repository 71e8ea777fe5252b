using Market.Hashing;
using Org.BouncyCastle.Asn1.X9;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.EC;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Math.EC;
using Org.BouncyCastle.Math.EC.Multiplier;

namespace Market.Ethereum.Signing;

/// <summary>
/// ECDSA over secp256k1 as Ethereum uses it. Sources: SEC 1 v2 §4.1, RFC 6979 (deterministic k, HMAC-SHA-256), EIP-2 (low s).
/// The arithmetic is BouncyCastle's and not constant-time; keys are used on their owner's machine only.
/// </summary>
internal static class Secp256k1
{
    // The custom curve is three times as fast as the one in SecNamedCurves.
    private static readonly X9ECParameters Curve = CustomNamedCurves.GetByName("secp256k1");
    private static readonly FixedPointCombMultiplier BaseMultiplier = new();

    internal static BigInteger Order => Curve.N;

    internal static bool IsPrivateKey(BigInteger d) => d.SignValue > 0 && d.CompareTo(Order) < 0;

    /// <summary>x ‖ y of the public key.</summary>
    internal static byte[] PublicKey(BigInteger d) => Encode(BaseMultiplier.Multiply(Curve.G, d).Normalize());

    internal static EcdsaSignature Sign(BigInteger d, Hash256 digest)
    {
        var message = digest.ToArray();
        var z = new BigInteger(1, message);
        var nonces = new HMacDsaKCalculator(new Sha256Digest());
        nonces.Init(Order, d, message);
        while (true)
        {
            var k = nonces.NextK();
            var point = BaseMultiplier.Multiply(Curve.G, k).Normalize();
            var x = point.AffineXCoord.ToBigInteger();

            // x >= n would need a recovery id above 1; it happens once in 2^127 and Ethereum cannot express it.
            if (x.CompareTo(Order) >= 0 || x.SignValue == 0) continue;
            var s = k.ModInverse(Order).Multiply(z.Add(x.Multiply(d))).Mod(Order);
            if (s.SignValue == 0) continue;

            var isOdd = point.AffineYCoord.TestBitZero();
            if (s.CompareTo(Order.ShiftRight(1)) > 0)
            {
                s = Order.Subtract(s);
                isOdd = !isOdd;
            }

            return new EcdsaSignature(ToHash(x), ToHash(s), isOdd);
        }
    }

    /// <summary>x ‖ y of the key that signed, or null when no key can have.</summary>
    internal static byte[]? Recover(EcdsaSignature signature, Hash256 digest)
    {
        var r = new BigInteger(1, signature.R.ToArray());
        var s = new BigInteger(1, signature.S.ToArray());
        if (r.SignValue == 0 || r.CompareTo(Order) >= 0 || s.SignValue == 0 || s.CompareTo(Order.ShiftRight(1)) > 0) return null;

        var compressed = new byte[1 + Hash256.Size];
        compressed[0] = signature.IsOdd ? (byte)3 : (byte)2;
        signature.R.CopyTo(compressed.AsSpan(1));
        ECPoint point;
        try
        {
            point = Curve.Curve.DecodePoint(compressed);
        }
        catch (ArgumentException)
        {
            return null; // No point has this x.
        }

        var z = new BigInteger(1, digest.ToArray());
        var inverse = r.ModInverse(Order);
        var onBase = Order.Subtract(z.Mod(Order)).Multiply(inverse).Mod(Order);
        var onPoint = s.Multiply(inverse).Mod(Order);
        var key = ECAlgorithms.SumOfTwoMultiplies(Curve.G, onBase, point, onPoint).Normalize();
        return key.IsInfinity ? null : Encode(key);
    }

    internal static Hash256 ToHash(BigInteger value)
    {
        Span<byte> bytes = stackalloc byte[Hash256.Size];
        var digits = value.ToByteArrayUnsigned();
        digits.CopyTo(bytes[(Hash256.Size - digits.Length)..]);
        return new Hash256(bytes);
    }

    private static byte[] Encode(ECPoint point) => point.GetEncoded(compressed: false)[1..];
}
