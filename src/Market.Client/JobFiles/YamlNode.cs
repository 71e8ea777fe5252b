using System.Collections.Immutable;

namespace Market.Client.JobFiles;

/// <summary>A part of a YAML document with its place.</summary>
internal abstract record YamlNode(SourceSpan Span)
{
    /// <summary>What it is, for messages.</summary>
    public abstract string Kind { get; }
}

/// <summary>A scalar.</summary>
/// <param name="Span">Where.</param>
/// <param name="Value">Its text; types are decided by who reads it.</param>
/// <param name="IsNull">Nothing was written, or ~ or null.</param>
internal sealed record YamlText(SourceSpan Span, string Value, bool IsNull) : YamlNode(Span)
{
    public override string Kind => IsNull ? "nothing" : "a value";
}

/// <summary>A sequence.</summary>
internal sealed record YamlList(SourceSpan Span, ImmutableArray<YamlNode> Items) : YamlNode(Span)
{
    public override string Kind => "a list";
}

/// <summary>A mapping whose keys are distinct texts.</summary>
internal sealed record YamlMap(SourceSpan Span, ImmutableArray<(YamlText Key, YamlNode Value)> Entries) : YamlNode(Span)
{
    public override string Kind => "a mapping";
}
