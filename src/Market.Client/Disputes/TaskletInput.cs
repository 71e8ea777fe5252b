using System.Collections.Immutable;
using Market.Hashing;

namespace Market.Client.Disputes;

/// <summary>What one tasklet reads, and what shows the judge that it reads that.</summary>
/// <param name="Frame">The frame before standard input.</param>
/// <param name="Stdin">Standard input.</param>
/// <param name="Opening">The tasklet's record of the manifest; or an ABI-encoded InputEvidence, where a rule says what it reads.</param>
/// <param name="Proof">Siblings of the manifest's record; none with a rule.</param>
/// <param name="IsJudged">Whether the opening fits a transaction; an input whose opening does not cannot be disputed.</param>
public sealed record TaskletInput(byte[] Frame, byte[] Stdin, byte[] Opening, ImmutableArray<Hash256> Proof, bool IsJudged);
