using System.Collections.Immutable;

namespace Market.Domain.Jobs;

/// <summary>Where items come from. Their order is fixed, so an index means the same everywhere.</summary>
public abstract record InputSpec;

/// <summary>The numbers from <paramref name="First"/> to <paramref name="Last"/>, both included. Standard input is empty.</summary>
public sealed record RangeInputs(long First, long Last) : InputSpec
{
    /// <summary>How many numbers.</summary>
    public long Count => Last - First + 1;
}

/// <summary>Texts written in the job file; each is also its tasklet's standard input, in UTF-8.</summary>
public sealed record ListInputs(ImmutableArray<string> Items) : InputSpec;

/// <summary>Files that match <paramref name="Pattern"/>, by name in ordinal order; a file's content is the standard input.</summary>
/// <param name="Pattern">With * and **, relative to the job file.</param>
/// <param name="Max">More matches than this are refused.</param>
public sealed record GlobInputs(string Pattern, int Max) : InputSpec
{
    /// <summary>Default of <see cref="Max"/>.</summary>
    public const int DefaultMax = 10_000;
}

/// <summary>Lines of a UTF-8 text file without their line ends; empty ones are skipped. A line is also the standard input.</summary>
public sealed record LinesInputs(string File) : InputSpec;

/// <summary>One file, whose content is the standard input of the one tasklet.</summary>
public sealed record FileInputs(string File) : InputSpec;

/// <summary>How outputs become one standard input.</summary>
public enum Join
{
    /// <summary>As frames, so that the program can tell them apart: <see cref="Frames"/>.</summary>
    Framed,

    /// <summary>One behind the other.</summary>
    Concat,
}

/// <summary>The outputs of other stages of the job, in the order of their tasklets.</summary>
/// <param name="Parents">Which stages; each once.</param>
public abstract record FromInputs(ImmutableArray<StageId> Parents) : InputSpec;

/// <summary>
/// Tasklet i reads output i. With several parents, all with as many tasklets, it reads the join of their outputs i;
/// with one it reads the output itself.
/// </summary>
public sealed record EachInputs(ImmutableArray<StageId> Parents, Join Join) : FromInputs(Parents);

/// <summary>
/// Tasklet i reads the join of outputs i·<paramref name="Size"/> to (i+1)·<paramref name="Size"/>−1; the last group may be
/// smaller. With several parents, all with as many tasklets, it reads the join of one such join for each.
/// </summary>
public sealed record GroupInputs(ImmutableArray<StageId> Parents, int Size, Join Join) : FromInputs(Parents);

/// <summary>
/// One tasklet reads the join of all outputs. With several parents, all with as many tasklets, it reads the join of one
/// such join for each.
/// </summary>
public sealed record AllInputs(ImmutableArray<StageId> Parents, Join Join) : FromInputs(Parents);

/// <summary>
/// Data decides: the output of the one parent's one tasklet is a <see cref="FrameList"/>, and every frame is the standard
/// input of one tasklet, in order.
/// </summary>
/// <param name="Parents">The one parent, of one tasklet.</param>
/// <param name="Max">More frames than this fail the stage; budget is set aside for so many.</param>
public sealed record FanOutInputs(ImmutableArray<StageId> Parents, int Max) : FromInputs(Parents);
