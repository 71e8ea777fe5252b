using System.Collections.Immutable;
using Market.Domain.Identity;
using Market.Domain.Money;
using Market.Domain.Offers;

namespace Market.Domain.Jobs;

/// <summary>What a user asked for: a task over many inputs, with limits and a service level. Holds no file contents.</summary>
/// <param name="Name">Lower-case letters, digits and dashes; for people only.</param>
/// <param name="Task">The program and its arguments.</param>
/// <param name="Inputs">Where the tasklets' items come from.</param>
/// <param name="Output">Where results go.</param>
/// <param name="Limits">Caps on one tasklet.</param>
/// <param name="Sla">When, for how much, how sure.</param>
public sealed record JobSpec(string Name, TaskSpec Task, InputSpec Inputs, OutputSpec Output, LimitSpec Limits, SlaSpec Sla);

/// <summary>The program that every tasklet runs.</summary>
/// <param name="Module">Path of a wasm file, relative to the job file.</param>
/// <param name="Args">Arguments after the program's name.</param>
public sealed record TaskSpec(string Module, ImmutableArray<Template> Args);

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

/// <summary>Where a tasklet's standard output is written.</summary>
/// <param name="Directory">Relative to the job file.</param>
/// <param name="Name">File name for each tasklet.</param>
/// <param name="Picture">Set when the outputs are tiles of one picture.</param>
public sealed record OutputSpec(string Directory, Template Name, PictureSpec? Picture);

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

/// <summary>The service level.</summary>
/// <param name="Deadline">From posting to the last result.</param>
/// <param name="Budget">Most that may be escrowed; null must be given on the command line.</param>
/// <param name="Verification">How results become final.</param>
/// <param name="Devices">The only devices that may run it; one to sixteen when trusted, else empty.</param>
/// <param name="Attestation">Least attestation of a device.</param>
/// <param name="Window">Challenge window; null takes the market's own.</param>
public sealed record SlaSpec(
    TimeSpan Deadline, DecimalAmount? Budget, Verdict Verification, ImmutableArray<DeviceId> Devices, AttestationLevel Attestation, TimeSpan? Window);
