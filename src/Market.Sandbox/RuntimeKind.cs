namespace Market.Sandbox;

/// <summary>The kind byte of a class key.</summary>
public enum RuntimeKind : byte
{
    /// <summary>No runtime.</summary>
    Unspecified = 0,

    /// <summary>Generic: canonical wasm modules.</summary>
    Wasm = 1,

    /// <summary>A native program of the device's own.</summary>
    Native = 2,
}
