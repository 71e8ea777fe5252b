using Market.Chain.Generated.ComputeMarket;

namespace Market.Node.Bidding;

/// <summary>How the device stands in the book, in words, for status pages.</summary>
internal sealed class BidStatus
{
    private volatile string _text = "not looked at yet";
    private volatile bool _standing;
    private volatile DeviceTuple? _device;

    /// <summary>In words.</summary>
    public string Text => _text;

    /// <summary>Whether the device can be leased.</summary>
    public bool Standing => _standing;

    /// <summary>The device as the market last had it; null until it was read.</summary>
    public DeviceTuple? Device
    {
        get => _device;
        set => _device = value;
    }

    /// <summary>Notes it; true if it changed.</summary>
    public bool Set(bool standing, string text)
    {
        var changed = _text != text;
        _standing = standing;
        _text = text;
        return changed;
    }
}
