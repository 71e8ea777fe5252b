namespace Market.Wasm.Canonical;

/// <summary>
/// What a value's NaN bits may depend on. The order matters: where values merge in a local, the greater class wins.
/// </summary>
internal enum NanClass : byte
{
    /// <summary>Never a NaN (or no float at all).</summary>
    Never,

    /// <summary>Comes from arithmetic: a NaN's bits differ between engines, so they must not be observed.</summary>
    Arithmetic,

    /// <summary>The bits matter and are the same in every engine.</summary>
    Copied,
}
