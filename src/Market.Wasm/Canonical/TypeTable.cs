using Market.Wasm.Format;

namespace Market.Wasm.Canonical;

/// <summary>The type section under construction: each type once, in order of first use.</summary>
internal sealed class TypeTable
{
    private readonly Dictionary<FunctionType, uint> _indices = [];
    private readonly List<FunctionType> _types = [];

    public IReadOnlyList<FunctionType> Types => _types;

    public uint Index(FunctionType type)
    {
        if (_indices.TryGetValue(type, out var index)) return index;
        index = (uint)_types.Count;
        _indices.Add(type, index);
        _types.Add(type);
        return index;
    }
}
