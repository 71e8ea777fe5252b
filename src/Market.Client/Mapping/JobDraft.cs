using System.Collections.Immutable;
using System.Text;
using Market.Client.Faults;
using Market.Client.JobFiles;
using Market.Domain.Jobs;
using Market.Domain.Money;

namespace Market.Client.Mapping;

/// <summary>
/// A job in the making, the same that a job file describes: a program over inputs, and stages that read what the one before
/// gave. Every call gives a new draft; nothing runs before it is started.
/// </summary>
public sealed class JobDraft
{
    private readonly IJobMarket _market;
    private readonly ImmutableArray<ReadOnlyMemory<byte>> _inputs;
    private readonly ImmutableArray<Stage> _stages;

    internal JobDraft(IJobMarket market, ImmutableArray<ReadOnlyMemory<byte>> inputs, MapOptions options, string module)
        : this(market, inputs, options, [new Stage(module, options.Args, null)])
    {
    }

    private JobDraft(IJobMarket market, ImmutableArray<ReadOnlyMemory<byte>> inputs, MapOptions options, ImmutableArray<Stage> stages) =>
        (_market, _inputs, Options, _stages) = (market, inputs, options, stages);

    /// <summary>What it may take and cost.</summary>
    public MapOptions Options { get; }

    /// <summary>Runs a program over every output: tasklet i reads output i.</summary>
    /// <param name="module">Path of a wasm file.</param>
    /// <param name="args">Arguments, the same for all tasklets.</param>
    public JobDraft Then(string module, params string[] args) => With(module, args, parent => new EachInputs([parent], Join.Framed));

    /// <summary>Runs a program over groups of outputs: tasklet i reads the framed join of <paramref name="groupBy"/> in a row.</summary>
    /// <param name="module">Path of a wasm file.</param>
    /// <param name="groupBy">Outputs for each tasklet; the last one may read fewer.</param>
    /// <param name="args">Arguments, the same for all tasklets.</param>
    public JobDraft Then(string module, int groupBy, params string[] args) => With(module, args, parent => new GroupInputs([parent], groupBy, Join.Framed));

    /// <summary>Runs a program over every frame of the one output before it, which decides how many there are (docs/jobs.md, Joins).</summary>
    /// <param name="module">Path of a wasm file.</param>
    /// <param name="most">Most tasklets.</param>
    /// <param name="args">Arguments, the same for all tasklets.</param>
    public JobDraft FanOut(string module, int most, params string[] args) => With(module, args, parent => new FanOutInputs([parent], most));

    /// <summary>Runs a program once over the framed join of all outputs.</summary>
    /// <param name="module">Path of a wasm file.</param>
    /// <param name="args">Arguments.</param>
    public JobDraft Reduce(string module, params string[] args) => With(module, args, parent => new AllInputs([parent], Join.Framed));

    /// <summary>Starts the job.</summary>
    /// <param name="progress">Told of each step in words.</param>
    /// <param name="cancel">Stops; once the job is out it goes on.</param>
    /// <exception cref="MarketException">The job cannot be run as it is; the message names the fix.</exception>
    public Task<JobHandle> StartAsync(IProgress<string>? progress = null, CancellationToken cancel = default) => _market.StartAsync(this, progress, cancel);

    /// <summary>Runs a program once over the framed join of all outputs, and waits for what it gives.</summary>
    /// <param name="module">Path of a wasm file.</param>
    /// <param name="cancel">Detaches.</param>
    /// <param name="args">Arguments.</param>
    /// <exception cref="MarketException">The job cannot be run, or failed.</exception>
    public async Task<ReadOnlyMemory<byte>> ReduceAsync(string module, CancellationToken cancel, params string[] args)
    {
        await using var job = await Reduce(module, args).StartAsync(null, cancel);
        return (await job.ResultsAsync(null, cancel))[0];
    }

    /// <summary>The job as its file would say it.</summary>
    /// <exception cref="MarketException">E1231: a module does not exist. E1203: a text of the options is none of what it should be.</exception>
    internal ResolvedJob Resolve()
    {
        if (_inputs.IsEmpty) throw new MarketException("E1230", ExitCode.Usage, "A job needs at least one input.", "map over one or more inputs");
        DecimalAmount? budget = Options.Budget is not { } text ? null : DecimalAmount.TryParse(text, out var amount) ? amount : throw Bad($"'{text}' is no amount", "Budget = \"0.5\"");
        var sla = new SlaSpec(Options.Deadline, budget, Options.Verification, Options.Devices, default, null);
        ImmutableArray<StageSpec> specs = [.. _stages.Select((stage, at) => new StageSpec(
            IdOf(at), new TaskSpec(stage.Module, [.. stage.Args.Select(TemplateOf)]), at == 0 ? new RangeInputs(0, _inputs.Length - 1) : stage.Reads!(IdOf(at - 1)), Options.Limits, sla))];
        var output = new OutputSpec(specs[^1].Id, "out", TemplateOf("{index}.out"), null);
        var file = JobFile.Of(new JobSpec(Options.Name, specs, output, sla, FailureSpec.Default with { Retries = Options.Retries }), Directory.GetCurrentDirectory());
        var stages = ImmutableArray.CreateBuilder<ResolvedStage>(specs.Length);
        foreach (var spec in specs)
        {
            var path = Path.GetFullPath(spec.Task.Module);
            if (!File.Exists(path)) throw new MarketException("E1308", ExitCode.Usage, $"There is no module {path}.", "check the path");
            var count = stages.Count == 0 ? _inputs.Length : stages[^1].Count is { } before ? StageCounts.Of(spec.Inputs, before) : spec.Inputs is AllInputs ? 1 : null;
            stages.Add(new ResolvedStage(spec, path, stages.Count == 0 ? Tasklets(spec, path) : [], (int?)count));
        }

        return new ResolvedJob(file, stages.MoveToImmutable());
    }

    private ImmutableArray<ResolvedTasklet> Tasklets(StageSpec spec, string path) =>
    [
        .. _inputs.Select((input, i) => new ResolvedTasklet(
            i, $"input {i}", [Path.GetFileName(path), .. spec.Task.Args.Select(arg => arg.Fill(i, $"{i}"))], input, null, $"{i}.out")),
    ];

    // A job of one task calls its stage main; the others have numbers.
    private StageId IdOf(int at) => _stages.Length == 1 ? StageId.Main : StageId.Parse($"s{at + 1}");

    private JobDraft With(string module, string[] args, Func<StageId, FromInputs> reads) => new(_market, _inputs, Options, _stages.Add(new Stage(module, [.. args], reads)));

    private static Template TemplateOf(string text) => Template.TryParse(text, out var template, out _) ? template! : throw Bad($"'{text}' has an unknown place", "double its braces: {{ and }}");

    private static MarketException Bad(string what, string fix) => new("E1203", ExitCode.Usage, what + ".", fix);

    private sealed record Stage(string Module, ImmutableArray<string> Args, Func<StageId, FromInputs>? Reads);
}

/// <summary>The first call of a job in code.</summary>
public static class JobMarketExtensions
{
    /// <summary>A program over inputs: tasklet i reads input i on its standard input.</summary>
    /// <param name="market">Where it runs.</param>
    /// <param name="module">Path of a wasm file.</param>
    /// <param name="inputs">At least one.</param>
    /// <param name="options">What it may take and cost.</param>
    public static JobDraft Map(this IJobMarket market, string module, IEnumerable<ReadOnlyMemory<byte>> inputs, MapOptions? options = null) =>
        new(market, [.. inputs], options ?? new MapOptions(), module);

    /// <summary>The same over texts, as UTF-8.</summary>
    /// <inheritdoc cref="Map(IJobMarket, string, IEnumerable{ReadOnlyMemory{byte}}, MapOptions)"/>
    public static JobDraft Map(this IJobMarket market, string module, IEnumerable<string> inputs, MapOptions? options = null) =>
        market.Map(module, inputs.Select(input => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(input)), options);

    /// <summary>Starts a program over inputs.</summary>
    /// <inheritdoc cref="Map(IJobMarket, string, IEnumerable{ReadOnlyMemory{byte}}, MapOptions)"/>
    public static Task<JobHandle> MapAsync(this IJobMarket market, string module, IEnumerable<ReadOnlyMemory<byte>> inputs, MapOptions? options = null, CancellationToken cancel = default) =>
        market.Map(module, inputs, options).StartAsync(null, cancel);

    /// <summary>The same over texts, as UTF-8.</summary>
    /// <inheritdoc cref="Map(IJobMarket, string, IEnumerable{ReadOnlyMemory{byte}}, MapOptions)"/>
    public static Task<JobHandle> MapAsync(this IJobMarket market, string module, IEnumerable<string> inputs, MapOptions? options = null, CancellationToken cancel = default) =>
        market.Map(module, inputs, options).StartAsync(null, cancel);
}
