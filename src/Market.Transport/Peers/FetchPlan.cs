using Market.Blobs;
using Market.Hashing;
using Market.Transport.Blobs;

namespace Market.Transport.Peers;

/// <summary>Who fetches what: blobs not begun, pieces that wait, pieces under way. Safe for any thread.</summary>
internal sealed class FetchPlan : IDisposable
{
    private const long LeastBytes = 256 << 10;
    private const long MostBytes = 8 << 20;
    private const int MostPieces = 64;

    private readonly BlobStore _into;
    private readonly int _holders;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly LinkedList<BlobName> _untouched;
    private readonly LinkedList<BlobPiece> _waiting = new();
    private readonly HashSet<PartialBlob> _writers = [];
    private readonly HashSet<(Peer, BlobName)> _lacks = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<PartialBlob, int> _inHands = [];
    private int _underWay;
    private bool _stopped;

    public FetchPlan(IEnumerable<BlobName> blobs, BlobStore into, int holders) => (_untouched, _into, _holders) = (new(blobs), into, holders);

    /// <summary>Whether nothing is left to ask anybody for.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Why the store takes no more; null while it does.</summary>
    public BlobOutcome? RefusedBecause { get; private set; }

    /// <summary>Gives a holder something to fetch, waiting while others may still leave something; null if it is done.</summary>
    public async Task<IReadOnlyList<BlobPiece>?> TakeAsync(Peer holder, CancellationToken cancel)
    {
        while (true)
        {
            Task changed;
            await _turn.WaitAsync(cancel);
            try
            {
                changed = _changed.Task;
                var pieces = await ChooseAsync(holder, cancel);
                if (pieces.Count > 0)
                {
                    _underWay++;
                    foreach (var piece in pieces) _inHands[piece.Writer] = _inHands.GetValueOrDefault(piece.Writer) + 1;
                    return pieces;
                }

                IsOver = _stopped || (_underWay == 0 && _waiting.Count == 0 && _untouched.Count == 0);

                // Pieces wait that this holder lacks: its place is another's.
                if (IsOver || _underWay == 0 || _waiting.Count + _untouched.Count > 0) return null;
            }
            finally
            {
                _turn.Release();
            }

            await changed.WaitAsync(cancel);
        }
    }

    /// <summary>Takes pieces back, done or not; whether any of them brought something.</summary>
    public bool Return(Peer holder, IReadOnlyList<BlobPiece> pieces, IReadOnlyList<BlobPiece> missing)
    {
        var progressed = false;
        _turn.Wait();
        try
        {
            _underWay--;
            foreach (var piece in missing) _lacks.Add((holder, piece.Writer.Name));
            foreach (var piece in pieces)
            {
                if (--_inHands[piece.Writer] == 0) _inHands.Remove(piece.Writer);
                if (_into.Holds(piece.Writer.Name))
                {
                    progressed = true;
                    _writers.Remove(piece.Writer);
                    continue;
                }

                List<BlobPiece> left = [.. piece.Missing()];
                progressed |= left is not [{ } only] || only.Count < piece.Count;
                foreach (var rest in left) _waiting.AddFirst(rest);
            }

            foreach (var piece in missing) PutBack(piece.Writer);
        }
        finally
        {
            Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
            _turn.Release();
        }

        return progressed;
    }

    /// <summary>Ends the fetch: nobody is given anything more.</summary>
    public void Stop() => _stopped = true;

    public void Dispose()
    {
        foreach (var writer in _writers) writer.Dispose();
        _turn.Dispose();
    }

    private async Task<List<BlobPiece>> ChooseAsync(Peer holder, CancellationToken cancel)
    {
        var chosen = new List<BlobPiece>();
        if (_stopped) return chosen;

        // Small enough that all holders have something to do until the end.
        var left = _waiting.Sum(p => p.Length) + _untouched.Sum(b => b.Length);
        var budget = Math.Clamp(left / (2 * _holders), LeastBytes, MostBytes);
        for (var node = _waiting.First; node is not null && budget > 0 && chosen.Count < MostPieces;)
        {
            var (piece, next) = (node.Value, node.Next);
            if (!_lacks.Contains((holder, piece.Writer.Name)))
            {
                _waiting.Remove(node);
                Choose(piece);
            }

            node = next;
        }

        for (var node = _untouched.First; node is not null && budget > 0 && chosen.Count < MostPieces;)
        {
            var (blob, next) = (node.Value, node.Next);
            if (!_lacks.Contains((holder, blob)))
            {
                _untouched.Remove(node);
                var (outcome, writer) = await _into.WriteAsync(blob, cancel);
                if (writer is not null)
                {
                    _writers.Add(writer);
                    foreach (var piece in BlobPiece.MissingOf(writer)) Choose(piece);
                }
                else if (outcome is not (BlobOutcome.Busy or BlobOutcome.Stored))
                {
                    (RefusedBecause, _stopped) = (outcome, true);
                    break;
                }
            }

            node = next;
        }

        return chosen;

        void Choose(BlobPiece piece)
        {
            var count = budget <= 0 || chosen.Count == MostPieces ? 0 : Math.Min(piece.Count, Math.Max(1, budget / ChunkTree.ChunkSize));
            if (count > 0) chosen.Add(piece with { Count = count });
            if (count < piece.Count) _waiting.AddLast(new BlobPiece(piece.Writer, piece.First + count, piece.Count - count));

            // A blob of no bytes is a piece too.
            budget -= Math.Max(1, count * ChunkTree.ChunkSize);
        }
    }

    /// <summary>Closes what was begun in vain, so that thousands of blobs nobody holds are not open at once.</summary>
    private void PutBack(PartialBlob writer)
    {
        if (_inHands.ContainsKey(writer) || writer.Offset > 0 || writer.FirstHeld(0) < ChunkTree.Count(writer.Name.Length) || !_writers.Remove(writer)) return;
        for (var node = _waiting.First; node is not null;)
        {
            var next = node.Next;
            if (node.Value.Writer == writer) _waiting.Remove(node);
            node = next;
        }

        writer.Dispose();
        _untouched.AddLast(writer.Name);
    }
}
