using System.Collections.Immutable;
using Market.Chain.Generated.DisputeGame;
using Market.Chain.Generated.InputOpener;
using Market.Chain.Jobs;
using Market.Chain.Projection;
using Market.Chain.Transactions;
using Market.Domain.Leases;
using Market.Ethereum.Abi;
using Market.Hashing;

namespace Market.Client.Disputes;

/// <summary>
/// Makes a device show what its results rest on: requests missing pieces of the judge, puts together what is shown, and ends what nobody
/// answered, which fells the lease. Asks for a few pieces first, since a window may be short, and for three more with each that is shown.
/// </summary>
public sealed class PieceCollector(JudgeAccount judge, RequestBook book, EvidenceStore evidence, InputLocator inputs, ChallengerOptions options, Action<DisputeNews> news)
{
    private const int AtFirst = 16; // pieces
    private const int Leaves = 32;
    private const int PieceBytes = Leaves * ByteTree.LeafSize;

    /// <summary>The records of a lease's tasklets that were shown to the judge, out of those.</summary>
    public async Task<IReadOnlyDictionary<uint, CommittedRecord>> RecordsAsync(MarketState state, LeaseEntry entry, CancellationToken cancel)
    {
        await book.CatchUpAsync(state.Head?.Number ?? 0, cancel);
        var records = new Dictionary<uint, CommittedRecord>();
        for (var tasklet = entry.Lease.First; tasklet < entry.Lease.First + entry.Lease.Count; tasklet++)
        {
            if (book.Shown(entry.Key, new RequestTuple(PieceCode.Record, tasklet, 0, 0)) is { } shown) records[tasklet] = RecordOf(shown);
        }

        return records;
    }

    /// <summary>Goes on with what is missing of a lease.</summary>
    /// <param name="state">What the chain says.</param>
    /// <param name="entry">The lease.</param>
    /// <param name="gaps">What is missing.</param>
    /// <param name="shown">Pieces that were shown and are no gaps any more.</param>
    /// <param name="cancel">Stops.</param>
    public async Task CollectAsync(MarketState state, LeaseEntry entry, ImmutableArray<Gap> gaps, int shown, CancellationToken cancel)
    {
        await book.CatchUpAsync(state.Head?.Number ?? 0, cancel);
        var open = 0;
        var due = new List<RequestTuple>();
        foreach (var what in gaps.SelectMany(gap => PiecesOf(state, entry, gap)))
        {
            if (book.Shown(entry.Key, what) is not null)
            {
                shown++;
                continue;
            }

            if (due.Count + open >= Math.Min(options.MaxPieces, AtFirst + (3 * shown))) continue;
            var asked = await book.StateAsync(entry.Key, what, cancel);
            if (asked.Stage == RequestStageCode.Unknown) due.Add(what);
            else if (asked.Stage != RequestStageCode.Open) continue;
            else if (state.Head!.Time.Seconds <= asked.Until) open++;
            else await CloseAsync(state, entry, what, cancel);
        }

        await StoreAsync(state, entry, gaps, cancel);
        var over = entry.WindowEnd is not { } end || state.Head!.Time.Seconds >= end.Seconds;
        if (due.Count == 0 || over || !options.Demands) return;
        var terms = state.Offers[entry.Lease.Offer].Terms;
        foreach (var (what, outcome) in due.Zip(await judge.RequestAsync(terms, entry.Lease, due, cancel)))
        {
            Tell(entry.Key, what, "request", outcome);
        }
    }

    private async Task CloseAsync(MarketState state, LeaseEntry entry, RequestTuple what, CancellationToken cancel) =>
        Tell(entry.Key, what, "closeRequest", await judge.CloseAsync(state.Offers[entry.Lease.Offer].Terms, entry.Lease, what, cancel));

    private void Tell(LeaseKey lease, RequestTuple what, string kind, SendOutcome outcome) => news(outcome is SendOutcome.Mined mined
        ? new DisputeNews.Requested(lease, what, kind, mined.Receipt)
        : new DisputeNews.Refused(null, kind, outcome.Describe()));

    private IEnumerable<RequestTuple> PiecesOf(MarketState state, LeaseEntry entry, Gap gap)
    {
        if (gap.Piece is not { } piece) return [];
        if (piece == PieceCode.Record) return [new RequestTuple(piece, gap.Index, 0, 0)];
        var first = new RequestTuple(piece, gap.Index, 0, Leaves);
        if (gap.Blob is { } blob) return Enumerable.Range(0, (int)Pieces(blob.Length)).Select(i => first with { FirstLeaf = (uint)(i * Leaves) });
        // What the first answer shows beside the piece says how long the input is.
        return Direct(entry, gap) is { } name ? PiecesOf(state, entry, gap with { Blob = name }) : [first];
    }

    private static long Pieces(long length) => Math.Max(1, (length + PieceBytes - 1) / PieceBytes);

    private async Task StoreAsync(MarketState state, LeaseEntry entry, ImmutableArray<Gap> gaps, CancellationToken cancel)
    {
        foreach (var gap in gaps)
        {
            if (gap is { Blob: { } blob, Piece: not PieceCode.Record })
            {
                if (Assemble(entry, gap, blob) is { } whole) await evidence.AddAsync(whole, cancel);
            }
            else if (gap.Piece == PieceCode.Stdin && Opening(entry, gap) is { } opening)
            {
                var rule = state.Rules[entry.Lease.Offer];
                var stdin = Direct(entry, gap) is { } name ? Assemble(entry, gap, name) : Joined(rule, opening, gap.Index);
                if (stdin is not null) inputs.Learn(entry.Key, gap.Index, rule, stdin, book.Shown(entry.Key, new RequestTuple(PieceCode.Stdin, gap.Index, 0, Leaves))!.Opening.ToArray());
            }
        }
    }

    /// <summary>A blob of which all pieces were shown.</summary>
    private byte[]? Assemble(LeaseEntry entry, Gap gap, BlobName name)
    {
        var whole = new byte[Pieces(name.Length) * PieceBytes];
        for (var at = 0; at < Math.Max(1, name.Length); at += PieceBytes)
        {
            if (book.Shown(entry.Key, new RequestTuple(gap.Piece!.Value, gap.Index, (uint)(at / ByteTree.LeafSize), Leaves)) is not { } shown) return null;
            shown.Data.Span.CopyTo(whole.AsSpan(at));
        }

        var content = whole[..(int)name.Length];
        return BlobName.Of(content) == name ? content : null;
    }

    private InputEvidenceTuple? Opening(LeaseEntry entry, Gap gap) =>
        book.Shown(entry.Key, new RequestTuple(PieceCode.Stdin, gap.Index, 0, Leaves)) is { Opening: { Length: > 0 } opening }
            ? AbiCodec.Decode(AbiTypes.Tuple<InputEvidenceTuple>(), opening.Memory)
            : null;

    /// <summary>The name of an input that is an output as it is.</summary>
    private BlobName? Direct(LeaseEntry entry, Gap gap) =>
        Opening(entry, gap) is { Rule: { Kind: InputKindCode.Each, Sources.Length: 1 } } opening && opening.Outputs is [var only] ? DerivedInput.NameIn(only.Record.Span) : null;

    /// <summary>An input that is made of outputs which the answer shows whole; null if they are more than that.</summary>
    private static byte[]? Joined(Chain.Generated.JobManager.InputRuleTuple rule, InputEvidenceTuple opening, uint tasklet)
    {
        if (opening.Outputs.IsEmpty || opening.Outputs.Any(output => DerivedInput.NameIn(output.Record.Span).Length != output.Data.Length)) return null;
        var each = opening.Outputs.Length / opening.Rule.Sources.Length;
        return DerivedInput.StdinOf(
            rule.ToInputs(), [.. opening.Outputs.Select(output => (ReadOnlyMemory<byte>)output.Data.ToArray()).Chunk(each).Select(ImmutableArray.Create)], (int)tasklet);
    }

    private static CommittedRecord RecordOf(PieceShownEvent shown) => new(
        shown.Data.ToArray(), [.. Enumerable.Range(0, shown.Opening.Length / Hash256.Size).Select(i => new Hash256(shown.Opening.Span.Slice(i * Hash256.Size, Hash256.Size)))]);
}
