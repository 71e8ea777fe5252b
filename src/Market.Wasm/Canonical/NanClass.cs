namespace Market.Wasm.Canonical;

/// <summary>
/// What a value's NaN bits may depend on. The order matters: where values merge in a local, the greater class wins.
/// </summary>
internal enum NanClass : byte
{
    /// <summary>Never a NaN (or no float at all).</summary>
    Never,

    /// <summary>
    /// Comes from arithmetic: a NaN's bits differ between engines, so they must not be observed. On the operand stack
    /// nobody else has seen this value, so its sign is still free.
    /// </summary>
    Arithmetic,

    /// <summary>Comes from arithmetic and was read from a local, so the same NaN may be looked at twice.</summary>
    Shared,

    /// <summary>The bits matter and are the same in every engine.</summary>
    Copied,
}
