using System.Collections.Immutable;

namespace Market.Client.Explaining;

/// <summary>Why a job stands where it stands.</summary>
/// <param name="State">One sentence: where it stands.</param>
/// <param name="Because">What led there and what holds it up, most telling first.</param>
/// <param name="Next">What happens next by itself, and when at the latest.</param>
/// <param name="Advice">What its owner can do; empty if waiting is all.</param>
public sealed record Explanation(string State, ImmutableArray<string> Because, ImmutableArray<string> Next, ImmutableArray<string> Advice);
