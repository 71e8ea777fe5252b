using Market.Hashing;

namespace Market.Chain.Tests.Machine;

/// <summary>Ways to bend an honest proof. Each gives another state or other bytes, never the honest pair.</summary>
internal static class ProofAttacks
{
    private const int PreimageBytes = 256;

    private static readonly Func<Random, StepCase, StepCase, StepCase>[] All =
    [
        (random, honest, _) => With(honest, "one bit", Changed(honest.Proof, p => p[random.Next(p.Length)] ^= (byte)(1 << random.Next(8)))),
        (random, honest, _) => With(honest, "one byte near the end", Changed(honest.Proof, p => p[^random.Next(1, 130)] += (byte)random.Next(1, 256))),
        (random, honest, _) => With(honest, "cut", honest.Proof[..^random.Next(1, honest.Proof.Length)]),
        (random, honest, _) => With(honest, "cut by a word", honest.Proof[..^32]),
        (random, honest, _) => With(honest, "longer", [.. honest.Proof, .. new byte[random.Next(1, 300)]]),
        (random, honest, _) => With(honest, "last words twice", [.. honest.Proof, .. honest.Proof[^(32 * random.Next(1, 8))..]]),
        (random, honest, _) => With(honest, "a word of zeros", Changed(honest.Proof, p => Word(p, random).Clear())),
        (random, honest, _) => With(honest, "two words swapped", Changed(honest.Proof, p => Swap(p, random))),
        (random, honest, _) => With(honest, "items reordered", Rotated(honest.Proof, random)),
        (_, honest, other) => With(honest, "another step's proof", other.Proof),
        (_, honest, other) => With(honest, "another step's items", [.. honest.Proof[..PreimageBytes], .. other.Proof[PreimageBytes..]]),
        (_, honest, other) => With(honest, "another step's preimages", [.. other.Proof[..PreimageBytes], .. honest.Proof[PreimageBytes..]]),
        (_, honest, _) => honest with { Name = $"replayed one step later: {honest.Name}", State = honest.Next },
        (random, honest, _) => With(honest, "halted, it says", [1, .. honest.Proof[..53]]),
        (_, honest, _) => With(honest, "nothing", []),
    ];

    public static int Kinds => All.Length;

    /// <summary>The attack of the given kind, or null if it left the honest pair as it was.</summary>
    public static StepCase? Try(int kind, Random random, StepCase honest, StepCase other)
    {
        var attack = All[kind](random, honest, other);
        return attack.State == honest.State && attack.Proof.AsSpan().SequenceEqual(honest.Proof) ? null : attack;
    }

    private static StepCase With(StepCase honest, string name, byte[] proof) => honest with { Name = $"{name}: {honest.Name}", Proof = proof };

    private static byte[] Changed(byte[] proof, Action<byte[]> change)
    {
        var copy = proof.ToArray();
        change(copy);
        return copy;
    }

    private static Span<byte> Word(byte[] proof, Random random) => proof.AsSpan(random.Next(proof.Length / Hash256.Size) * Hash256.Size, Hash256.Size);

    private static void Swap(byte[] proof, Random random)
    {
        var a = Word(proof, random);
        var b = Word(proof, random);
        var kept = a.ToArray();
        b.CopyTo(a);
        kept.CopyTo(b);
    }

    /// <summary>Moves what follows some word before what stands behind the preimages.</summary>
    private static byte[] Rotated(byte[] proof, Random random)
    {
        var words = (proof.Length - PreimageBytes) / Hash256.Size;
        if (words < 2) return proof;
        var at = PreimageBytes + (random.Next(1, words) * Hash256.Size);
        return [.. proof[..PreimageBytes], .. proof[at..], .. proof[PreimageBytes..at]];
    }
}
