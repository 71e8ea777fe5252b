namespace Market.Hashing;

/// <summary>The one name of a blob everywhere: the root of its byte tree and its length in bytes.</summary>
public readonly record struct BlobName(Hash256 Root, long Length)
{
    /// <summary>Names <paramref name="content"/>.</summary>
    public static BlobName Of(ReadOnlySpan<byte> content) => new(ByteTree.Root(content), content.Length);

    /// <summary>Names what <paramref name="content"/> holds from its position to its end, in constant memory.</summary>
    public static async Task<BlobName> OfAsync(Stream content, CancellationToken cancel)
    {
        var hasher = new ByteTreeHasher();
        var buffer = new byte[1 << 16];
        for (int read; (read = await content.ReadAsync(buffer, cancel)) > 0;) hasher.Append(buffer.AsSpan(0, read));
        return hasher.Finish();
    }

    /// <summary>Root and length as <c>0x…:length</c>, the form that files and the command line use.</summary>
    public override string ToString() => $"{Root}:{Length}";

    /// <summary>Reads the form that <see cref="ToString"/> writes.</summary>
    public static bool TryParse(string? text, out BlobName name)
    {
        name = default;
        if (text?.Split(':') is not [var root, var length]) return false;
        if (!Hash256.TryParse(root, out var hash) || !long.TryParse(length, out var bytes) || bytes < 0) return false;
        name = new BlobName(hash, bytes);
        return true;
    }
}
