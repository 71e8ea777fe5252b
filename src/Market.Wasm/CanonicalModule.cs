using Market.Hashing;

namespace Market.Wasm;

/// <summary>
/// A program in the one form that every engine runs alike: validated, WASI linked in over four primitives, metered,
/// depth-guarded and free of observable NaN bits. A pure function of the original bytes and <see cref="Canonicaliser.Version"/>.
/// <para>
/// It imports from module <c>market</c>: <c>in_len() -> i32</c>, <c>in_read(to, offset, length)</c>,
/// <c>out_write(from, length)</c>, <c>exit(code)</c>, all i32. It exports <c>memory</c>, <c>_run</c> (no arguments, no
/// results) and <c>fuel</c> (mutable i64), which the host sets to the limit before it calls <c>_run</c>. After a run
/// fuel used is limit − max(fuel, 0), and a trap was for lack of fuel if fuel is below zero.
/// </para>
/// </summary>
/// <param name="Bytes">The canonical binary.</param>
/// <param name="InitialPages">Pages (64 KiB) of memory that a run starts with.</param>
/// <param name="MaximumPages">Pages that the program declares it will not exceed; null if it declares none.</param>
public sealed record CanonicalModule(ReadOnlyMemory<byte> Bytes, uint InitialPages, uint? MaximumPages)
{
    /// <summary>Name under which the binary is stored, sent and agreed upon.</summary>
    public BlobName Name { get; } = BlobName.Of(Bytes.Span);
}

/// <summary>What became of a binary: <see cref="Accepted"/> or <see cref="Refused"/>.</summary>
public abstract record Canonicalisation
{
    private Canonicalisation()
    {
    }

    /// <summary>The binary is a program of the market.</summary>
    public sealed record Accepted(CanonicalModule Module) : Canonicalisation;

    /// <summary>The binary is not.</summary>
    public sealed record Refused(Refusal Refusal) : Canonicalisation;
}
