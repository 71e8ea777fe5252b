namespace Market.Ethereum.Abi;

/// <summary>
/// A type of the contract ABI, without its values. Source: Solidity documentation, "Contract ABI Specification".
/// </summary>
public abstract class AbiType
{
    private protected AbiType(string name, int headWords, bool isDynamic)
    {
        Name = name;
        HeadWords = headWords;
        IsDynamic = isDynamic;
    }

    /// <summary>The canonical name, as it stands in signatures: <c>uint32[]</c>, <c>(address,bytes)</c>.</summary>
    public string Name { get; }

    /// <summary>32-byte words that a value takes in its tuple's head: one (an offset) for every dynamic type.</summary>
    public int HeadWords { get; }

    /// <summary>Whether a value stands in the tail, with an offset in the head.</summary>
    public bool IsDynamic { get; }

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>The words that <paramref name="types"/> take in their tuple's head.</summary>
    internal static int HeadWordsOf(IReadOnlyList<AbiType> types)
    {
        var words = 0;
        foreach (var type in types) words = checked(words + type.HeadWords);
        return words;
    }
}

/// <summary>A type of the contract ABI whose values are <typeparamref name="T"/>.</summary>
public abstract class AbiType<T> : AbiType
{
    private protected AbiType(string name, int headWords, bool isDynamic)
        : base(name, headWords, isDynamic)
    {
    }

    /// <summary>Writes the value itself: static types at the head cursor, dynamic ones at the end of the tail.</summary>
    internal abstract void Write(AbiWriter writer, T value);

    /// <summary>Reads the value itself: static types at the head cursor, dynamic ones at the tail.</summary>
    internal abstract T Read(AbiReader reader);
}
