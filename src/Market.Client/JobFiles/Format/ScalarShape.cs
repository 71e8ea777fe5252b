namespace Market.Client.JobFiles.Format;

/// <summary>How a value of a job file is written.</summary>
internal enum Scalar
{
    /// <summary>Any text.</summary>
    Text,

    /// <summary>A whole number; 10_000 is allowed.</summary>
    Whole,

    /// <summary>true or false.</summary>
    Bool,

    /// <summary>Lower-case letters, digits and dashes.</summary>
    Name,

    /// <summary>A stage's name.</summary>
    Stage,

    /// <summary>Two whole numbers, 0..63.</summary>
    Range,

    /// <summary>256MiB.</summary>
    Size,

    /// <summary>20G.</summary>
    Fuel,

    /// <summary>1h30m.</summary>
    Duration,

    /// <summary>0.10 CRD.</summary>
    Amount,

    /// <summary>d-3 or 3.</summary>
    Device,
}

/// <summary>How a key's value, or each of its items, is written; the JSON schema says the same.</summary>
/// <param name="shape">The form.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ShapeAttribute(Scalar shape) : Attribute
{
    public Scalar Shape { get; } = shape;

    /// <summary>The only words; empty admits all of the form.</summary>
    public string[] OneOf { get; init; } = [];

    /// <summary>A regular expression for the value, where it is narrower than the form.</summary>
    public string? Pattern { get; init; }

    /// <summary>Whether one value may stand for a list of one.</summary>
    public bool OneOrMany { get; init; }
}

/// <summary>Keys of one mapping of which exactly one is written.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
internal sealed class ExactlyOneAttribute(params string[] keys) : Attribute
{
    public IReadOnlyList<string> Keys { get; } = keys;
}
