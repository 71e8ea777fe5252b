namespace Market.Node.Bidding;

/// <summary>How the device stands in the book, in words, for status pages.</summary>
internal sealed class BidStatus
{
    private volatile string _text = "not looked at yet";
    private volatile bool _standing;

    /// <summary>In words.</summary>
    public string Text => _text;

    /// <summary>Whether the device can be leased.</summary>
    public bool Standing => _standing;

    /// <summary>Notes it; true if it changed.</summary>
    public bool Set(bool standing, string text)
    {
        var changed = _text != text;
        _standing = standing;
        _text = text;
        return changed;
    }
}
