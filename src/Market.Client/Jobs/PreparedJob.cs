using System.Collections.Immutable;
using Market.Client.Faults;
using Market.Client.JobFiles;
using Market.Domain.Jobs;
using Market.Domain.Offers;
using Market.Domain.Results;
using Market.Hashing;
using Market.Wasm;
using Market.Wasm.Machine;

namespace Market.Client.Jobs;

/// <summary>
/// A stage that reads no other, whose module was checked and whose inputs all have names; for a job of one task, the job.
/// Input files are read again when they are sent.
/// </summary>
public sealed class PreparedJob
{
    private PreparedJob(ResolvedJob resolved, ResolvedStage stage, byte[] module, Hash256 program, ImmutableArray<byte[]> frames, Manifest manifest)
    {
        Resolved = resolved;
        Stage = stage;
        Module = module;
        ModuleName = BlobName.Of(module);
        Frames = frames;
        Manifest = manifest;
        var limits = stage.Spec.Limits;
        Work = new Work(ModuleName.Root, (uint)ModuleName.Length, program, manifest.Name.Root, limits.MemoryPages, (uint)limits.Output.Bytes);
    }

    /// <summary>The job's items and files.</summary>
    public ResolvedJob Resolved { get; }

    /// <summary>The stage.</summary>
    public ResolvedStage Stage { get; }

    /// <summary>The program as its author built it. Devices make its canonical form themselves and so need to trust nobody's.</summary>
    public ReadOnlyMemory<byte> Module { get; }

    /// <summary>Its name.</summary>
    public BlobName ModuleName { get; }

    /// <summary>Encoded input frame of each tasklet.</summary>
    public ImmutableArray<byte[]> Frames { get; }

    /// <summary>Names of all inputs.</summary>
    public Manifest Manifest { get; }

    /// <summary>What the offer commits to.</summary>
    public Work Work { get; }

    /// <summary>Every blob that a device needs, each once, module and manifest first.</summary>
    public IEnumerable<JobBlob> Blobs()
    {
        var seen = new HashSet<BlobName>();
        var all = new[] { new JobBlob(ModuleName, _ => ValueTask.FromResult(Module)), new JobBlob(Manifest.Name, _ => ValueTask.FromResult<ReadOnlyMemory<byte>>(Manifest.Content)) }
            .Concat(Stage.Tasklets.SelectMany(Inputs));
        return all.Where(blob => seen.Add(blob.Name));
    }

    /// <summary>The same stage over some of its tasklets only, by index, in the order given. Arguments and outputs keep their names.</summary>
    /// <param name="tasklets">Their indices.</param>
    /// <param name="under">Gives them a service level of their own; null leaves the stage's.</param>
    public PreparedJob Only(IReadOnlyCollection<uint> tasklets, Func<StageSpec, StageSpec>? under = null)
    {
        var some = Stage with { Spec = under?.Invoke(Stage.Spec) ?? Stage.Spec, Tasklets = [.. tasklets.Select((index, position) => Stage.Tasklets[(int)index] with { Index = position })], Count = tasklets.Count };
        return new PreparedJob(
            Resolved with { Stages = Resolved.Stages.Replace(Stage, some) },
            some,
            Module.ToArray(),
            Work.Program,
            [.. tasklets.Select(index => Frames[(int)index])],
            new Manifest(tasklets.Select(index => Manifest.Records[(int)index])));
    }

    /// <summary>Checks the module of a job of one task and names every input.</summary>
    /// <exception cref="MarketException">E1301: the module is no program of the market. E1310: its results could not be disputed. E1235: an argument or input is too long.</exception>
    public static Task<PreparedJob> PrepareAsync(ResolvedJob job, CancellationToken cancel) => PrepareAsync(job, job.Only, cancel);

    /// <summary>Checks a stage's module and names every input.</summary>
    /// <exception cref="MarketException">E1301: the module is no program of the market. E1310: its results could not be disputed. E1235: an argument or input is too long.</exception>
    /// <exception cref="InvalidOperationException">The stage reads others: its inputs have no names yet.</exception>
    public static async Task<PreparedJob> PrepareAsync(ResolvedJob job, ResolvedStage stage, CancellationToken cancel)
    {
        if (stage.Spec.Inputs is FromInputs) throw new InvalidOperationException($"stage '{stage.Spec.Id}' reads others");
        var module = await ReadModuleAsync(stage, cancel);
        var program = Program(job, stage, module);
        var frames = ImmutableArray.CreateBuilder<byte[]>(stage.Tasklets.Length);
        var records = ImmutableArray.CreateBuilder<ManifestRecord>(stage.Tasklets.Length);
        foreach (var tasklet in stage.Tasklets)
        {
            var stdin = tasklet.StdinFile is null ? BlobName.Of(tasklet.Stdin.Span) : await NameAsync(tasklet.StdinFile, cancel);
            var frame = Frame(tasklet, stdin.Length);
            frames.Add(frame);
            records.Add(new ManifestRecord(BlobName.Of(frame), stdin));
        }

        return new PreparedJob(job, stage, module, program, frames.MoveToImmutable(), new Manifest(records));
    }

    private IEnumerable<JobBlob> Inputs(ResolvedTasklet tasklet)
    {
        var record = Manifest.Records[tasklet.Index];
        yield return new JobBlob(record.Frame, _ => ValueTask.FromResult<ReadOnlyMemory<byte>>(Frames[tasklet.Index]));
        yield return new JobBlob(record.Stdin, tasklet.ReadStdinAsync);
    }

    /// <summary>Reads and checks a stage's module.</summary>
    /// <exception cref="MarketException">E1301: it is no program of the market.</exception>
    public static async Task<byte[]> ReadModuleAsync(ResolvedStage stage, CancellationToken cancel)
    {
        var wasm = await File.ReadAllBytesAsync(stage.ModulePath, cancel);
        if (Canonicaliser.Canonicalise(wasm) is Canonicalisation.Refused { Refusal: var refusal })
        {
            throw new MarketException(
                "E1301", ExitCode.FileInvalid, $"{stage.Spec.Task.Module} cannot run on the market: {refusal.Message} (at byte 0x{refusal.Offset:x}).",
                "build it for WASI preview 1 without threads, SIMD or sockets");
        }

        return wasm;
    }

    /// <summary>Root of what the step machine would run to judge a dispute; zero if it has no such program and needs none.</summary>
    /// <exception cref="MarketException">E1310: it has none and needs one.</exception>
    public static Hash256 Program(ResolvedJob job, ResolvedStage stage, byte[] module)
    {
        if (MachineProgram.Lower(module) is { } program) return program.Root;
        if (job.File.Spec.Sla.Verification == Verdict.Trusted) return Hash256.Zero;
        throw new MarketException(
            "E1310", ExitCode.FileInvalid, $"{stage.Spec.Task.Module} is too large for the step machine, so nobody could prove a result wrong.",
            "build a smaller module, or name devices that you trust: sla.verification: trusted");
    }

    private static byte[] Frame(ResolvedTasklet tasklet, long stdinLength)
    {
        try
        {
            return new InputFrame(tasklet.Args, (ulong)stdinLength).Encode();
        }
        catch (ArgumentException e)
        {
            throw new MarketException("E1235", ExitCode.FileInvalid, $"Item '{tasklet.Item}' cannot be passed as arguments: {e.Message}.", "pass long items on standard input: inputs.lines or inputs.glob", e);
        }
    }

    private static async Task<BlobName> NameAsync(string path, CancellationToken cancel)
    {
        await using var file = File.OpenRead(path);
        return await BlobName.OfAsync(file, cancel);
    }
}

/// <summary>One blob of a job and where its bytes come from.</summary>
public sealed record JobBlob(BlobName Name, Func<CancellationToken, ValueTask<ReadOnlyMemory<byte>>> ReadAsync);
