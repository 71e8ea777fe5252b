namespace Market.Node.Attestation;

/// <summary>How far the device is with being known for what it is, in words, for status pages.</summary>
internal sealed class CapabilityStatus
{
    private volatile string _text = "not looked at yet";

    /// <summary>In words.</summary>
    public string Text => _text;

    /// <summary>Notes it; true if it changed.</summary>
    public bool Set(string text)
    {
        var changed = _text != text;
        _text = text;
        return changed;
    }
}
