using Market.Hashing;

namespace Market.Sandbox;

/// <summary>What became of a module that was to be made ready.</summary>
public abstract record Preparation
{
    private Preparation()
    {
    }

    /// <summary>The module can run.</summary>
    public sealed record Ready(PreparedModule Module) : Preparation;

    /// <summary>The module is at fault: no device runs it.</summary>
    public sealed record Refused(string Reason) : Preparation;

    /// <summary>This device could not make it ready.</summary>
    public sealed record GaveUp(GiveUpReason Reason, string Detail) : Preparation;
}

/// <summary>A module that a runtime has checked and compiled.</summary>
public sealed class PreparedModule
{
    internal PreparedModule(BlobName name, Hash256 canonicalHash, ReadOnlyMemory<byte> canonical)
    {
        Name = name;
        CanonicalHash = canonicalHash;
        Canonical = canonical;
    }

    /// <summary>The module as its consumer named it.</summary>
    public BlobName Name { get; }

    /// <summary>Keccak of the canonical module's bytes.</summary>
    public Hash256 CanonicalHash { get; }

    internal ReadOnlyMemory<byte> Canonical { get; }
}
