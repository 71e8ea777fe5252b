namespace Market.Node.Storage;

/// <summary>Whether the engine and the step machine agree on a module, as far as was looked at.</summary>
internal enum ModuleTrust
{
    /// <summary>Never looked at.</summary>
    Unknown = 0,

    /// <summary>They agreed whenever it was looked at.</summary>
    Trusted = 1,

    /// <summary>They differed once: nothing of it is run here.</summary>
    Distrusted = 2,
}
