using Market.Chain.Generated.DisputeGame;
using Market.Hashing;

namespace Market.Client.Disputes;

/// <summary>Something without which nobody can tell whether a result is right.</summary>
/// <param name="Words">In words.</param>
/// <param name="Piece">What the judge calls it, if it can be requested.</param>
/// <param name="Index">The tasklet; 0 for what all of them share.</param>
/// <param name="Blob">Its name; null for a record, and for an input whose name nobody here knows.</param>
public sealed record Gap(string Words, PieceCode? Piece = null, uint Index = 0, BlobName? Blob = null)
{
    /// <inheritdoc/>
    public override string ToString() => Words;
}
