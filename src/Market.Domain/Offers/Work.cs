using System.Numerics;
using System.Text.Json.Serialization;
using Market.Domain.Identity;
using Market.Hashing;

namespace Market.Domain.Offers;

/// <summary>What an offer's tasklets run: content the contract never interprets, bound to the terms by its hash.</summary>
/// <param name="Module">Root of the module's bytes.</param>
/// <param name="ModuleLength">Bytes of the module.</param>
/// <param name="Program">Root of the step machine's program that the module lowers to; zero only where nothing can be disputed.</param>
/// <param name="Manifest">Root of the manifest, whose length is 128 bytes per tasklet.</param>
/// <param name="MemoryPages">Cap on the module's memory in 64 KiB pages.</param>
/// <param name="OutputLimit">Cap on one tasklet's output in bytes.</param>
public sealed record Work(Hash256 Module, uint ModuleLength, Hash256 Program, Hash256 Manifest, uint MemoryPages, uint OutputLimit)
{
    /// <summary>How inputs are named: by the manifest, or by the input rule whose hash stands in its place.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public InputKind Inputs { get; init; }

    /// <summary>The module as a blob.</summary>
    [JsonIgnore]
    public BlobName ModuleBlob => new(Module, ModuleLength);

    /// <summary>keccak256(abi.encode(Work)): the commitment that <see cref="Terms"/> carry.</summary>
    public Hash256 Hash() => new AbiWords(4).Add(Module).Add(Program).Add(Manifest).Add(ToLimitsWord()).Hash();

    /// <summary>The contract's LimitsWord.</summary>
    public BigInteger ToLimitsWord() => new PackedWord().Add(ModuleLength, 32).Add(MemoryPages, 32).Add(OutputLimit, 32).Add((byte)Inputs, 8).Word;

    /// <summary>The work that an offer announced.</summary>
    public static Work FromWords(Hash256 module, Hash256 program, Hash256 manifest, BigInteger limits)
    {
        var word = new PackedWord(limits);
        return new Work(module, (uint)word.Take(32), program, manifest, (uint)word.Take(32), (uint)word.Take(32)) { Inputs = (InputKind)(byte)word.Take(8) };
    }

    /// <summary>The manifest of an offer of <paramref name="total"/> tasklets as a blob.</summary>
    public BlobName ManifestBlob(uint total) => new(Manifest, Results.Manifest.RecordSize * (long)total);
}
