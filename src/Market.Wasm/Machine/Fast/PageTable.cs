namespace Market.Wasm.Machine.Fast;

/// <summary>
/// A region's pages as they were at the last snapshot. Pages are never written again once they are here, so any number of
/// snapshots share those that did not change between them. A page that is absent is zero.
/// </summary>
internal sealed class PageTable(int pages)
{
    private byte[]?[] _pages = new byte[pages][];
    private bool _shared;

    /// <summary>Takes a page's bytes, of which there may be less than a page.</summary>
    public void Save(int page, ReadOnlySpan<byte> bytes)
    {
        if (_pages[page] is { } known ? known.AsSpan().SequenceEqual(bytes) : !bytes.ContainsAnyExcept((byte)0)) return;
        if (_shared) _pages = (byte[]?[])_pages.Clone();
        _shared = false;
        _pages[page] = bytes.ToArray();
    }

    /// <summary>The table as it is, for a snapshot: copied when a page is next saved.</summary>
    public byte[]?[] Share()
    {
        _shared = true;
        return _pages;
    }

    /// <summary>Makes a snapshot's table the current one.</summary>
    public void Adopt(byte[]?[] pages)
    {
        _pages = pages;
        _shared = true;
    }

    /// <summary>Whether a page is the same object in another table: then its bytes are.</summary>
    public bool Holds(int page, byte[]? bytes) => ReferenceEquals(_pages[page], bytes);
}
