using System.ComponentModel;

namespace Market.Client.JobFiles.Format;

/// <summary>
/// Job file version 1 as it is written: its mappings and their keys. The binder refuses every key that is not here, and
/// the JSON schema is made of these records, so that neither knows what the other does not.
/// </summary>
[Description("A job for the compute market: one task over many inputs, or stages that read one another.")]
[ExactlyOne("task", "stages")]
internal sealed record JobDocument
{
    [Description("Version of this format."), Shape(Scalar.Whole, Pattern = "^1$")]
    public required string Version { get; init; }

    [Description("For people: lower-case letters, digits and dashes."), Shape(Scalar.Name)]
    public string? Name { get; init; }

    [Description("Values left open, set by --param name=value and written ${name} where they are used.")]
    public IReadOnlyDictionary<string, ParameterDocument>? Params { get; init; }

    [Description("The program of a job of one task.")]
    public TaskDocument? Task { get; init; }

    [Description("Where items come from; with stages, for those that say nothing themselves.")]
    public InputsDocument? Inputs { get; init; }

    [Description("Stages that read one another, at most 256.")]
    public IReadOnlyList<StageDocument>? Stages { get; init; }

    [Description("Where results are written.")]
    public OutputDocument? Output { get; init; }

    [Description("Caps on one tasklet; with stages, defaults.")]
    public LimitsDocument? Limits { get; init; }

    [Description("When, for how much, how sure; with stages, defaults.")]
    public required SlaDocument Sla { get; init; }

    [Description("What happens when tasklets fail.")]
    public FailureDocument? OnFailure { get; init; }
}

/// <summary>A parameter's declaration.</summary>
internal sealed record ParameterDocument
{
    [Description("What it may be."), Shape(Scalar.Text, OneOf = ["text", "int", "bool", "date", "size", "duration"])]
    public required string Type { get; init; }

    [Description("Taken where no --param gives one."), Shape(Scalar.Text)]
    public string? Default { get; init; }

    [Description("Least value of an int."), Shape(Scalar.Whole)]
    public string? Min { get; init; }

    [Description("Largest value of an int."), Shape(Scalar.Whole)]
    public string? Max { get; init; }

    [Description("The only values."), Shape(Scalar.Text)]
    public IReadOnlyList<string>? OneOf { get; init; }
}

/// <summary>A program.</summary>
internal sealed record TaskDocument
{
    [Description("Path of a wasm file, relative to the job file."), Shape(Scalar.Text)]
    public required string Module { get; init; }

    [Description("Arguments; {index}, {item}, {name} and {stem} stand for the tasklet's own."), Shape(Scalar.Text)]
    public IReadOnlyList<string>? Args { get; init; }
}

/// <summary>One stage.</summary>
internal sealed record StageDocument
{
    [Description("Its name."), Shape(Scalar.Stage)]
    public required string Id { get; init; }

    [Description("The program.")]
    public required TaskDocument Task { get; init; }

    [Description("Where items come from.")]
    public InputsDocument? Inputs { get; init; }

    [Description("Caps on one tasklet, over the job's.")]
    public LimitsDocument? Limits { get; init; }

    [Description("The stage's own service level, over the job's.")]
    public StageSlaDocument? Sla { get; init; }
}

/// <summary>Items.</summary>
[ExactlyOne("range", "list", "glob", "lines", "file", "from")]
internal sealed record InputsDocument
{
    [Description("Numbers, both ends included: 0..63."), Shape(Scalar.Range)]
    public string? Range { get; init; }

    [Description("Texts; each is also its tasklet's standard input."), Shape(Scalar.Text)]
    public IReadOnlyList<string>? List { get; init; }

    [Description("Files by pattern, in ordinal order of their names."), Shape(Scalar.Text)]
    public string? Glob { get; init; }

    [Description("A text file whose lines are the items."), Shape(Scalar.Text)]
    public string? Lines { get; init; }

    [Description("One file, for one tasklet."), Shape(Scalar.Text)]
    public string? File { get; init; }

    [Description("The stage whose outputs are read, or a list of stages."), Shape(Scalar.Stage, OneOrMany = true)]
    public IReadOnlyList<string>? From { get; init; }

    [Description("With from: tasklet i reads output i."), Shape(Scalar.Bool, OneOf = ["true"])]
    public string? Each { get; init; }

    [Description("With from: so many outputs to a tasklet."), Shape(Scalar.Whole)]
    public string? GroupBy { get; init; }

    [Description("With from: one tasklet reads all outputs."), Shape(Scalar.Text, OneOf = ["all"])]
    public string? Group { get; init; }

    [Description("With from: each frame of the outputs is a tasklet's input."), Shape(Scalar.Bool, OneOf = ["true"])]
    public string? FanOut { get; init; }

    [Description("How outputs become one input."), Shape(Scalar.Text, OneOf = ["framed", "concat"])]
    public string? Join { get; init; }

    [Description("Most items of a glob or a fan-out."), Shape(Scalar.Whole)]
    public string? Max { get; init; }
}

/// <summary>Where results go.</summary>
internal sealed record OutputDocument
{
    [Description("The stage whose outputs are written."), Shape(Scalar.Stage)]
    public string? From { get; init; }

    [Description("Folder, relative to the job file."), Shape(Scalar.Text)]
    public string? Dir { get; init; }

    [Description("File name of each tasklet's output."), Shape(Scalar.Text)]
    public string? Name { get; init; }

    [Description("File name of the one output."), Shape(Scalar.Text)]
    public string? File { get; init; }

    [Description("Puts PPM tiles together into one picture.")]
    public PictureDocument? Assemble { get; init; }
}

/// <summary>A picture of tiles.</summary>
internal sealed record PictureDocument
{
    [Description("Name of the PNG."), Shape(Scalar.Text)]
    public required string Png { get; init; }

    [Description("Tiles per row."), Shape(Scalar.Whole)]
    public required string Columns { get; init; }
}

/// <summary>Caps on one tasklet.</summary>
internal sealed record LimitsDocument
{
    [Description("Memory, 64KiB to 4GiB."), Shape(Scalar.Size)]
    public string? Memory { get; init; }

    [Description("Fuel; twice what the local run needed if left out."), Shape(Scalar.Fuel)]
    public string? Fuel { get; init; }

    [Description("Longest run, 1s to 1d."), Shape(Scalar.Duration)]
    public string? Time { get; init; }

    [Description("Standard output, up to 1GiB."), Shape(Scalar.Size)]
    public string? Output { get; init; }
}

/// <summary>What jobs and stages may ask for.</summary>
internal abstract record ServiceDocument
{
    [Description("Most that may be escrowed."), Shape(Scalar.Amount)]
    public string? Budget { get; init; }

    [Description("How results become final."), Shape(Scalar.Text, OneOf = ["optimistic", "trusted"])]
    public string? Verification { get; init; }

    [Description("The only devices that may run it."), Shape(Scalar.Device)]
    public IReadOnlyList<string>? Devices { get; init; }

    [Description("Least attestation of a device."), Shape(Scalar.Text, OneOf = ["self-declared", "benchmarked"])]
    public string? Attestation { get; init; }

    [Description("Challenge window."), Shape(Scalar.Duration)]
    public string? Window { get; init; }

    [Description("Whether stages wait for committed or for final results."), Shape(Scalar.Text, OneOf = ["committed", "final"])]
    public string? Start { get; init; }

    [Description("Where it runs.")]
    public LocalityDocument? Locality { get; init; }

    [Description("Copies; more than one is not in this version."), Shape(Scalar.Whole)]
    public string? Redundancy { get; init; }

    [Description("Who may see it; devices see everything in this version."), Shape(Scalar.Text, OneOf = ["public"])]
    public string? Confidentiality { get; init; }
}

/// <summary>The job's service level.</summary>
internal sealed record SlaDocument : ServiceDocument
{
    [Description("From posting to the last result."), Shape(Scalar.Duration)]
    public required string Deadline { get; init; }
}

/// <summary>A stage's own service level.</summary>
internal sealed record StageSlaDocument : ServiceDocument
{
    [Description("From the stage's opening to its last result."), Shape(Scalar.Duration)]
    public string? Deadline { get; init; }
}

/// <summary>Where a stage runs.</summary>
internal sealed record LocalityDocument
{
    [Description("Region code that devices claim, 1 to 255."), Shape(Scalar.Whole)]
    public string? Region { get; init; }

    [Description("A stage that it reads: devices that hold its outputs are preferred."), Shape(Scalar.Stage)]
    public string? Near { get; init; }
}

/// <summary>Failures.</summary>
internal sealed record FailureDocument
{
    [Description("Further attempts at a range."), Shape(Scalar.Whole)]
    public string? Retries { get; init; }

    [Description("What follows the last attempt."), Shape(Scalar.Text, OneOf = ["stop", "keep-going"])]
    public string? Then { get; init; }
}
