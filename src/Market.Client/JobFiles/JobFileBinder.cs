using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Market.Client.JobFiles.Binding;
using Market.Client.JobFiles.Format;
using Market.Domain.Jobs;

namespace Market.Client.JobFiles;

/// <summary>Binds job file version 1 to <see cref="JobSpec"/>, reporting every fault.</summary>
internal sealed partial class JobFileBinder(DiagnosticBag faults)
{
    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,62}$")]
    private static partial Regex NameShape { get; }

    /// <summary>The job, or null where too little of it could be read.</summary>
    /// <param name="root">The document.</param>
    /// <param name="defaultName">The job's name where the file gives none.</param>
    /// <param name="parameters">Values for the file's parameters.</param>
    /// <param name="faults">Where faults go.</param>
    /// <param name="places">Collects where values stand.</param>
    public static JobSpec? Bind(
        YamlNode? root, string defaultName, IReadOnlyDictionary<string, string> parameters, DiagnosticBag faults, Dictionary<string, SourceSpan> places)
    {
        if (root is YamlMap map)
        {
            var filled = new ParameterBinder(faults).Fill(map, new MapReader(map, "", faults, places, typeof(JobDocument)), parameters);
            return new JobFileBinder(faults).BindJob(new MapReader(filled, "", faults, places, typeof(JobDocument)), defaultName);
        }

        if (root is not null) faults.Error("E1206", $"a job file is a mapping, not {root.Kind}", root.Span);
        return null;
    }

    private JobSpec? BindJob(MapReader job, string defaultName)
    {
        job.Value<int>("version", Numbers.TryInt, "1", v => v == 1, required: true);
        var name = BindName(job, defaultName);
        job.Known("params");
        job.Known("stages");
        var sla = new SlaBinder(faults).Bind(job.Map("sla", required: true), over: null)?.Sla;
        var limits = SlaBinder.Bind(job.Map("limits"), LimitSpec.Default);
        var staged = job.Has("stages");
        if (staged && job.Has("task")) faults.Error("E1208", "a job has one 'task' or 'stages', not both; move the task into a stage", job.KeySpan("task"));
        var task = BindTask(job.Map("task", required: !staged));
        var inputs = job.Map("inputs", required: !staged);
        var stages = staged ? BindStages(job, inputs, limits, sla) : BindOnly(task, inputs, limits, sla);
        if (staged && inputs is not null && !job.HasItemWithout("stages", "inputs")) faults.Error("E1211", "every stage has inputs of its own, so nothing reads these; remove them", job.KeySpan("inputs"));
        var output = new OutputBinder(faults).Bind(job.Map("output"), stages, staged);
        var onFailure = BindFailure(job.Map("onFailure"));
        job.Finish();
        if (stages.IsDefaultOrEmpty || output is null || sla is null) return null;
        var spec = new JobSpec(name, stages, output, sla, onFailure);
        if (staged) new StageChecks(spec, faults, job).Run();
        return spec;
    }

    private string BindName(MapReader job, string defaultName)
    {
        if (job.Text("name") is not { } text) return NameShape.IsMatch(defaultName) ? defaultName : "job";
        if (!NameShape.IsMatch(text.Value))
        {
            faults.Error("E1203", $"bad value '{text.Value}' for 'name': expected lower-case letters, digits and dashes", text.Span);
        }

        return text.Value;
    }

    private ImmutableArray<StageSpec> BindOnly(TaskSpec? task, MapReader? reader, LimitSpec limits, SlaSpec? sla)
    {
        var inputs = new InputsBinder(faults).Bind(reader);
        if (inputs is FromInputs) faults.Error("E1217", "'inputs.from' reads a stage, and a job of one task has none; use 'stages'", reader!.KeySpan("from"));
        return task is null || inputs is null or FromInputs || sla is null ? [] : [new StageSpec(StageId.Main, task, inputs, limits, sla)];
    }

    private ImmutableArray<StageSpec> BindStages(MapReader job, MapReader? jobInputs, LimitSpec limits, SlaSpec? sla)
    {
        var readers = job.Maps("stages") ?? [];
        if (job.Has("stages") && readers.Length is 0 or > JobSpec.MaxStages)
        {
            faults.Error("E1203", $"'stages' holds 1 to {JobSpec.MaxStages} stages, not {readers.Length}", job.KeySpan("stages"));
        }

        var shared = jobInputs is null ? null : new InputsBinder(faults).Bind(jobInputs);
        if (shared is FromInputs) faults.Error("E1216", "'from' belongs into the inputs of the stage that reads", jobInputs!.KeySpan("from"));
        var stages = ImmutableArray.CreateBuilder<StageSpec>();
        var whole = true;
        foreach (var reader in readers)
        {
            var id = BindId(reader, stages);
            var task = BindTask(reader.Map("task", required: true));
            var inputs = BindStageInputs(reader, jobInputs is not null, shared);
            var own = SlaBinder.Bind(reader.Map("limits"), limits);
            var stageSla = reader.Map("sla");
            var bound = sla is null && stageSla is null ? null : new SlaBinder(faults).Bind(stageSla, sla ?? Unknown);
            reader.Finish();
            whole &= id is not null && task is not null && inputs is not null && bound is not null;
            if (id is not null && task is not null && inputs is not null && bound is not null) stages.Add(new StageSpec(id.Value, task, inputs, own, bound.Sla, bound.OwnDeadline, bound.OwnBudget));
        }

        // Half a graph would give faults that mending the other half removes.
        return whole ? stages.ToImmutable() : [];
    }

    private static readonly SlaSpec Unknown = new(TimeSpan.FromDays(365), null, Domain.Offers.Verdict.Optimistic, [], default, null);

    private StageId? BindId(MapReader stage, ImmutableArray<StageSpec>.Builder others)
    {
        if (stage.Text("id", required: true) is not { } text) return null;
        if (!StageId.TryParse(text.Value, out var id))
        {
            faults.Error("E1203", $"bad value '{text.Value}' for {stage.Name("id")}: expected up to {StageId.MaxLength} lower-case letters, digits and dashes, a letter first", text.Span);
            return null;
        }

        if (others.Any(other => other.Id == id)) faults.Error("E1215", $"there is another stage '{id}' above; give this one another id", text.Span);
        return id;
    }

    private InputSpec? BindStageInputs(MapReader stage, bool jobHasInputs, InputSpec? shared)
    {
        if (stage.Map("inputs") is { } own) return new InputsBinder(faults).Bind(own);
        if (!jobHasInputs && !stage.Has("inputs")) faults.Error("E1204", $"{stage.Name("inputs")} is missing, and the job has no inputs that it could take", stage.Span);
        return shared is FromInputs ? null : shared;
    }

    private TaskSpec? BindTask(MapReader? task)
    {
        if (task is null) return null;
        var module = task.Text("module", required: true);
        if (module is not null && (module.Value.Contains('@', StringComparison.Ordinal) || module.Value.StartsWith("0x", StringComparison.Ordinal)))
        {
            faults.Error("E1210", "published modules are not in this version; give the path of a wasm file", module.Span);
        }

        var args = ImmutableArray.CreateBuilder<Template>();
        foreach (var arg in task.Texts("args") ?? [])
        {
            if (arg.Value.Contains('\0', StringComparison.Ordinal)) faults.Error("E1203", "an argument cannot hold a zero byte", arg.Span);
            if (TemplateBinder.Bind(arg, faults) is { } template) args.Add(template);
        }

        task.Finish();
        return module is null ? null : new TaskSpec(module.Value, args.ToImmutable());
    }

    private static FailureSpec BindFailure(MapReader? failure)
    {
        var fallback = FailureSpec.Default;
        if (failure is null) return fallback;
        var retries = failure.Value<int>("retries", Numbers.TryInt, $"a number of further attempts from 0 to {FailureSpec.MaxRetries}", n => n is >= 0 and <= FailureSpec.MaxRetries);
        var then = failure.Word("then", "stop", "keep-going");
        failure.Finish();
        return new FailureSpec(retries ?? fallback.Retries, then == "keep-going" ? AfterFailure.KeepGoing : AfterFailure.Stop);
    }
}
