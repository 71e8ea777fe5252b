using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Market.Hashing;

namespace Market.Domain.Results;

/// <summary>One tasklet's input: a frame blob, then what it reads on standard input.</summary>
public readonly record struct ManifestRecord(BlobName Frame, BlobName Stdin)
{
    /// <summary>Bytes of the tasklet's whole input.</summary>
    [JsonIgnore]
    public long InputLength => Frame.Length + Stdin.Length;
}

/// <summary>
/// The inputs of an offer's tasklets in order: a blob of 128-byte records, one byte-tree leaf each, so that a leaf's
/// position is the tasklet's index. A record is frame root 32 ‖ stdin root 32 ‖ frame length 8 ‖ stdin length 8
/// (big-endian) ‖ zeros.
/// </summary>
public sealed class Manifest
{
    /// <summary>Bytes per record.</summary>
    public const int RecordSize = ByteTree.LeafSize;

    private const int Used = 80;

    /// <summary>Takes the records in order.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    public Manifest(IEnumerable<ManifestRecord> records)
    {
        Records = [.. records];
        if (Records.IsEmpty) throw new ArgumentException("a manifest has at least one record", nameof(records));
        Content = new byte[RecordSize * Records.Length];
        for (var i = 0; i < Records.Length; i++) Encode(Records[i], Content.AsSpan(RecordSize * i));
        Name = BlobName.Of(Content);
    }

    /// <summary>The records in order.</summary>
    public ImmutableArray<ManifestRecord> Records { get; }

    /// <summary>The blob.</summary>
    public byte[] Content { get; }

    /// <summary>The blob's name.</summary>
    public BlobName Name { get; }

    /// <summary>Reads a manifest's blob; false if it is not exactly one.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> content, out Manifest? manifest)
    {
        manifest = null;
        if (content.IsEmpty || content.Length % RecordSize != 0) return false;
        var records = new ManifestRecord[content.Length / RecordSize];
        for (var i = 0; i < records.Length; i++)
        {
            if (!TryDecodeRecord(content.Slice(RecordSize * i, RecordSize), out records[i])) return false;
        }

        manifest = new Manifest(records);
        return true;
    }

    /// <summary>Reads one 128-byte record; false if lengths exceed 2^63 or the padding is not zero.</summary>
    public static bool TryDecodeRecord(ReadOnlySpan<byte> record, out ManifestRecord value)
    {
        value = default;
        if (record.Length != RecordSize || record[Used..].ContainsAnyExcept((byte)0)) return false;
        var frameLength = BinaryPrimitives.ReadInt64BigEndian(record[64..]);
        var stdinLength = BinaryPrimitives.ReadInt64BigEndian(record[72..]);
        if (frameLength < 0 || stdinLength < 0) return false;
        value = new ManifestRecord(
            new BlobName(new Hash256(record[..32]), frameLength), new BlobName(new Hash256(record[32..64]), stdinLength));
        return true;
    }

    /// <summary>Writes one record to the first 128 bytes of <paramref name="record"/>.</summary>
    public static void Encode(ManifestRecord value, Span<byte> record)
    {
        record[..RecordSize].Clear();
        value.Frame.Root.CopyTo(record);
        value.Stdin.Root.CopyTo(record[32..]);
        BinaryPrimitives.WriteInt64BigEndian(record[64..], value.Frame.Length);
        BinaryPrimitives.WriteInt64BigEndian(record[72..], value.Stdin.Length);
    }
}
