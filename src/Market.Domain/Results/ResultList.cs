using System.Collections.Immutable;
using Market.Hashing;

namespace Market.Domain.Results;

/// <summary>
/// The results of a lease's tasklets in order: a blob of 128-byte records (54-byte result ‖ zeros ‖ salt 32), one
/// byte-tree leaf each. Its root is what a device commits on-chain and where the list is fetched from.
/// </summary>
public sealed class ResultList
{
    /// <summary>Bytes per record.</summary>
    public const int RecordSize = ByteTree.LeafSize;

    /// <summary>Takes unsalted results in order.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    public ResultList(IEnumerable<TaskletResult> results)
    {
        Results = [.. results];
        if (Results.IsEmpty) throw new ArgumentException("a result list has at least one record", nameof(results));
        Content = new byte[RecordSize * Results.Length];
        for (var i = 0; i < Results.Length; i++) Results[i].Encode(Content.AsSpan(RecordSize * i, RecordSize));
        Name = BlobName.Of(Content);
    }

    /// <summary>The results in order.</summary>
    public ImmutableArray<TaskletResult> Results { get; }

    /// <summary>The blob.</summary>
    public byte[] Content { get; }

    /// <summary>The blob's name; its root is committed.</summary>
    public BlobName Name { get; }

    /// <summary>Name of the list that a lease of <paramref name="count"/> tasklets committed as <paramref name="root"/>.</summary>
    public static BlobName NameOf(Hash256 root, uint count) => new(root, RecordSize * (long)count);

    /// <summary>Reads a list's blob; false if it is not exactly one, or is salted.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> content, out ResultList? list)
    {
        list = null;
        if (content.IsEmpty || content.Length % RecordSize != 0) return false;
        var results = new TaskletResult[content.Length / RecordSize];
        for (var i = 0; i < results.Length; i++)
        {
            var record = content.Slice(RecordSize * i, RecordSize);
            if (record[TaskletResult.Size..].ContainsAnyExcept((byte)0)) return false;
            if (!TaskletResult.TryDecode(record[..TaskletResult.Size], out results[i])) return false;
        }

        list = new ResultList(results);
        return true;
    }

    /// <summary>The byte-tree leaf of one result.</summary>
    public static Hash256 Leaf(TaskletResult result)
    {
        Span<byte> record = stackalloc byte[RecordSize];
        record.Clear();
        result.Encode(record);
        return ByteTree.HashLeaf(record);
    }

    /// <summary>Siblings that open the record at <paramref name="position"/> of the list.</summary>
    public ImmutableArray<Hash256> Open(int position) => [.. ByteTree.Siblings(Content, position)];
}
