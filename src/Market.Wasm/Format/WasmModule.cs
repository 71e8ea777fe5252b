namespace Market.Wasm.Format;

internal enum ExternalKind : byte
{
    Function = 0, Table = 1, Memory = 2, Global = 3,
}

/// <summary>An imported function; nothing else can be imported.</summary>
internal sealed record FunctionImport(string Module, string Name, FunctionType Type, int Offset);

/// <summary>A global with its constant initial value.</summary>
internal sealed record Global(GlobalType Type, ulong Initial);

internal sealed record Export(string Name, ExternalKind Kind, uint Index, int Offset);

/// <summary>An active element segment: <paramref name="Functions"/> from table entry <paramref name="Start"/> on.</summary>
internal sealed record ElementSegment(uint Start, uint[] Functions, int Offset);

/// <summary>An active data segment: bytes of the binary that go to memory address <paramref name="Address"/>.</summary>
internal sealed record DataSegment(uint Address, int Start, int Length, int Offset);

/// <summary>A function body's place in the binary.</summary>
internal readonly record struct CodeBody(int Start, int End);

/// <summary>A decoded binary of the subset. Bodies stay undecoded; they are read one at a time by the validator.</summary>
internal sealed class WasmModule(byte[] bytes)
{
    public byte[] Bytes { get; } = bytes;

    public List<FunctionType> Types { get; } = [];

    public List<FunctionImport> Imports { get; } = [];

    /// <summary>Type of each defined function.</summary>
    public List<FunctionType> Functions { get; } = [];

    public SizeLimits? Table { get; set; }

    public SizeLimits? Memory { get; set; }

    public List<Global> Globals { get; } = [];

    public List<Export> Exports { get; } = [];

    public uint? Start { get; set; }

    public List<ElementSegment> Elements { get; } = [];

    public uint? DataCount { get; set; }

    public List<CodeBody> Code { get; } = [];

    public List<DataSegment> Data { get; } = [];

    public int FunctionCount => Imports.Count + Functions.Count;

    /// <summary>Type of a function of the index space that imports open.</summary>
    public FunctionType FunctionType(uint index) =>
        index < Imports.Count ? Imports[(int)index].Type : Functions[(int)index - Imports.Count];
}
