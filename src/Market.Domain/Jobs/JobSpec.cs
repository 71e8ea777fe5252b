using System.Collections.Immutable;

namespace Market.Domain.Jobs;

/// <summary>
/// What a user asked for: stages that form a DAG by what they read, and a service level for the whole. A file with one
/// task is a job of the one stage <see cref="StageId.Main"/>. Holds no file contents.
/// </summary>
/// <param name="Name">Lower-case letters, digits and dashes; for people only.</param>
/// <param name="Stages">At least one, at most <see cref="MaxStages"/>, in the file's order; no cycle.</param>
/// <param name="Output">Where results go, and whose.</param>
/// <param name="Sla">The service level of the whole job.</param>
/// <param name="OnFailure">What happens when tasklets fail.</param>
public sealed record JobSpec(string Name, ImmutableArray<StageSpec> Stages, OutputSpec Output, SlaSpec Sla, FailureSpec OnFailure)
{
    /// <summary>Most stages of a job: a stage is one bit of a 256-bit word on-chain.</summary>
    public const int MaxStages = 256;

    /// <summary>Whether it is one task over inputs that are known before it starts.</summary>
    public bool IsOneTask => Stages.Length == 1;

    /// <summary>The stage of a job of one task.</summary>
    /// <exception cref="InvalidOperationException">There are several.</exception>
    public StageSpec Only => IsOneTask ? Stages[0] : throw new InvalidOperationException($"the job has {Stages.Length} stages");

    /// <summary>The stage called <paramref name="id"/>, or null.</summary>
    public StageSpec? Find(StageId id) => Stages.FirstOrDefault(stage => stage.Id == id);

    /// <summary>The stage whose outputs are the job's results.</summary>
    public StageSpec Result => Find(Output.From)!;
}

/// <summary>One stage: a task over inputs, posted as one offer. Defaults of the job are filled in.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Task">The program and its arguments.</param>
/// <param name="Inputs">Where its tasklets' items come from.</param>
/// <param name="Limits">Caps on one tasklet.</param>
/// <param name="Sla">
/// The job's service level with the stage's own words put over it. <see cref="SlaSpec.Deadline"/> and
/// <see cref="SlaSpec.Budget"/> are the stage's own cap where <see cref="OwnDeadline"/> and <see cref="OwnBudget"/> say so.
/// </param>
/// <param name="OwnDeadline">Whether the stage caps its own time, counted from its opening.</param>
/// <param name="OwnBudget">Whether the stage caps its own cost.</param>
public sealed record StageSpec(StageId Id, TaskSpec Task, InputSpec Inputs, LimitSpec Limits, SlaSpec Sla, bool OwnDeadline = false, bool OwnBudget = false)
{
    /// <summary>The stages that it reads, each once; none for a stage whose inputs are known at the start.</summary>
    public ImmutableArray<StageId> Parents => Inputs is FromInputs from ? from.Parents : [];
}

/// <summary>The program that every tasklet of a stage runs.</summary>
/// <param name="Module">Path of a wasm file, relative to the job file.</param>
/// <param name="Args">Arguments after the program's name. In a stage that reads others they are the same for all tasklets.</param>
public sealed record TaskSpec(string Module, ImmutableArray<Template> Args);

/// <summary>Where a tasklet's standard output is written.</summary>
/// <param name="From">The stage whose outputs are written.</param>
/// <param name="Directory">Relative to the job file.</param>
/// <param name="Name">File name for each tasklet.</param>
/// <param name="Picture">Set when the outputs are tiles of one picture.</param>
public sealed record OutputSpec(StageId From, string Directory, Template Name, PictureSpec? Picture);

/// <summary>Outputs are binary PPM tiles of one size; they are put together row by row into one PNG.</summary>
/// <param name="File">Name of the PNG in the output directory.</param>
/// <param name="Columns">Tiles per row.</param>
public sealed record PictureSpec(string File, int Columns);

/// <summary>Caps on one tasklet.</summary>
/// <param name="Memory">The module's memory; rounded up to 64 KiB pages.</param>
/// <param name="Fuel">Fuel; null takes twice what the local run needed.</param>
/// <param name="Time">Longest run on the slowest device that may take it.</param>
/// <param name="Output">Standard output.</param>
public sealed record LimitSpec(ByteSize Memory, Fuel? Fuel, TimeSpan Time, ByteSize Output)
{
    /// <summary>256 MiB, measured fuel, one minute, 16 MiB.</summary>
    public static LimitSpec Default { get; } =
        new(new ByteSize(256L << 20), null, TimeSpan.FromMinutes(1), new ByteSize(16L << 20));

    /// <summary>Bytes in a wasm page.</summary>
    public const long PageSize = 65536;

    /// <summary><see cref="Memory"/> in wasm pages.</summary>
    public uint MemoryPages => (uint)((Memory.Bytes + PageSize - 1) / PageSize);
}
