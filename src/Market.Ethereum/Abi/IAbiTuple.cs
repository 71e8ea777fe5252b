namespace Market.Ethereum.Abi;

/// <summary>
/// A record of ABI members. Solidity structs, function arguments, function results and error arguments are all tuples.
/// Generated code implements it in this shape:
/// <code>
/// public sealed record Work(Hash256 Module, uint ModuleLength) : IAbiTuple&lt;Work&gt;
/// {
///     public static IReadOnlyList&lt;AbiType&gt; Components { get; } = [AbiTypes.Bytes32, AbiTypes.UInt32];
///
///     public void Encode(AbiWriter writer)
///     {
///         writer.Write(AbiTypes.Bytes32, Module);
///         writer.Write(AbiTypes.UInt32, ModuleLength);
///     }
///
///     public static Work Decode(AbiReader reader) =&gt; new(reader.Read(AbiTypes.Bytes32), reader.Read(AbiTypes.UInt32));
/// }
/// </code>
/// Composite types (<c>AbiTypes.Tuple&lt;Work&gt;()</c>, <c>AbiTypes.Array(…)</c>) are objects: keep them in static fields.
/// </summary>
public interface IAbiTuple<TSelf>
    where TSelf : IAbiTuple<TSelf>
{
    /// <summary>The members' types in order.</summary>
    static abstract IReadOnlyList<AbiType> Components { get; }

    /// <summary>Reads the members in order.</summary>
    static abstract TSelf Decode(AbiReader reader);

    /// <summary>Writes the members in order.</summary>
    void Encode(AbiWriter writer);
}

/// <summary>The arguments of a function, named as in the contract; the message that a caller sends.</summary>
public interface IAbiFunction<TSelf> : IAbiTuple<TSelf>
    where TSelf : IAbiFunction<TSelf>
{
    /// <summary>The function's name, without arguments.</summary>
    static abstract string Name { get; }
}

/// <summary>A function whose results are <typeparamref name="TResult"/>: one value, or a tuple record for several.</summary>
public interface IAbiFunction<TSelf, TResult> : IAbiFunction<TSelf>
    where TSelf : IAbiFunction<TSelf, TResult>
{
    /// <summary>The results' types in order.</summary>
    static abstract IReadOnlyList<AbiType> ResultComponents { get; }

    /// <summary>
    /// Reads the results: <c>reader.Read(AbiTypes.UInt32)</c> for one value, <c>MatchOfferResult.Decode(reader)</c> for several.
    /// </summary>
    static abstract TResult DecodeResult(AbiReader reader);
}

/// <summary>A custom error that a contract reverts with.</summary>
public interface IAbiError<TSelf> : IAbiTuple<TSelf>
    where TSelf : IAbiError<TSelf>
{
    /// <summary>The error's name, without arguments.</summary>
    static abstract string Name { get; }
}

/// <summary>An event. Indexed members of dynamic type are hashes: <see cref="AbiTypes.Bytes32"/> in <see cref="Decode"/>.</summary>
public interface IAbiEvent<TSelf>
    where TSelf : IAbiEvent<TSelf>
{
    /// <summary>The event's name, without arguments.</summary>
    static abstract string Name { get; }

    /// <summary>All members' types in order of declaration (an indexed string is still <see cref="AbiTypes.String"/> here).</summary>
    static abstract IReadOnlyList<AbiType> Components { get; }

    /// <summary>The types of the members that are not indexed, in order.</summary>
    static abstract IReadOnlyList<AbiType> DataComponents { get; }

    /// <summary>How many members are indexed.</summary>
    static abstract int IndexedCount { get; }

    /// <summary>Reads indexed members in order from <paramref name="topics"/>, the others in order from <paramref name="data"/>.</summary>
    static abstract TSelf Decode(AbiReader topics, AbiReader data);
}
