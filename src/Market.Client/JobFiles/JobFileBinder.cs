using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Market.Domain.Identity;
using Market.Domain.Jobs;
using Market.Domain.Money;
using Market.Domain.Offers;

namespace Market.Client.JobFiles;

/// <summary>Binds job file version 1 to <see cref="JobSpec"/>, reporting every fault.</summary>
internal sealed partial class JobFileBinder(DiagnosticBag faults)
{
    private const int MaxItems = 1_000_000;
    private const int MaxDevices = 16;
    private const long MaxMemory = 4L << 30;
    private const long MaxOutput = 1L << 30;

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,62}$")]
    private static partial Regex NameShape { get; }

    /// <summary>The job, or null where too little of it could be read.</summary>
    public static JobSpec? Bind(YamlNode? root, string defaultName, DiagnosticBag faults, Dictionary<string, SourceSpan> places)
    {
        if (root is YamlMap map) return new JobFileBinder(faults).BindJob(new MapReader(map, "", faults, places), defaultName);
        if (root is not null) faults.Error("E1206", $"a job file is a mapping, not {root.Kind}", root.Span);
        return null;
    }

    private JobSpec? BindJob(MapReader job, string defaultName)
    {
        job.Value<int>("version", TryInt, "1", v => v == 1, required: true);
        var name = BindName(job, defaultName);
        job.NotYet("stages", "write one 'task' with 'inputs'");
        job.NotYet("params", "write the values out");
        job.NotYet("onFailure", "failed ranges are leased again until the deadline");
        var hasStages = job.Has("stages");
        var task = BindTask(job.Map("task", required: !hasStages));
        var inputs = BindInputs(job.Map("inputs", required: !hasStages));
        var output = BindOutput(job.Map("output"), inputs);
        var limits = BindLimits(job.Map("limits"));
        var sla = BindSla(job.Map("sla", required: true));
        job.Finish();
        return task is null || inputs is null || output is null || sla is null ? null : new JobSpec(name, task, inputs, output, limits, sla);
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
            if (BindTemplate(arg) is { } template) args.Add(template);
        }

        task.Finish();
        return module is null ? null : new TaskSpec(module.Value, args.ToImmutable());
    }

    private InputSpec? BindInputs(MapReader? inputs)
    {
        if (inputs is null) return null;
        inputs.NotYet("file", "use 'glob' with the file's name");
        inputs.NotYet("from", "this version runs one task");
        string[] kinds = ["range", "list", "glob", "lines"];
        var written = kinds.Where(inputs.Has).ToArray();
        if (written.Length != 1 && !inputs.Has("file") && !inputs.Has("from"))
        {
            var got = written.Length == 0 ? "none" : string.Join(" and ", written);
            faults.Error("E1208", $"'inputs' takes exactly one of {string.Join(", ", kinds)}; it has {got}", inputs.Span);
        }

        var range = BindRange(inputs);
        var list = BindList(inputs);
        var glob = inputs.Text("glob");
        var lines = inputs.Text("lines");
        var max = inputs.Value<int>("max", TryInt, "a number of files from 1 to 1_000_000", n => n is >= 1 and <= MaxItems);
        if (max is not null && glob is null) faults.Error("E1211", "'inputs.max' guards 'glob' and means nothing without it", inputs.KeySpan("max"));
        inputs.Finish();
        return range ?? (InputSpec?)list
            ?? (glob is not null ? new GlobInputs(glob.Value, max ?? GlobInputs.DefaultMax) : null)
            ?? (InputSpec?)(lines is not null ? new LinesInputs(lines.Value) : null);
    }

    private RangeInputs? BindRange(MapReader inputs)
    {
        if (inputs.Text("range") is not { } text) return null;
        if (text.Value.Split("..") is not [var first, var last] || !TryLong(first, out var from) || !TryLong(last, out var to))
        {
            faults.Error("E1203", $"bad value '{text.Value}' for 'inputs.range': expected two whole numbers, both included, such as 0..63", text.Span);
            return null;
        }

        if (to < from) faults.Error("E1203", $"'inputs.range' {text.Value} is empty: it ends before it starts", text.Span);
        else if ((UInt128)((Int128)to - from) >= MaxItems) faults.Error("E1232", $"'inputs.range' {text.Value} has more than {MaxItems} items", text.Span);
        return new RangeInputs(from, to);
    }

    private ListInputs? BindList(MapReader inputs)
    {
        if (inputs.Texts("list") is not { } items) return null;
        if (items.IsEmpty) faults.Error("E1203", "'inputs.list' is empty", inputs.KeySpan("list"));
        return new ListInputs([.. items.Select(item => item.Value)]);
    }

    private OutputSpec? BindOutput(MapReader? output, InputSpec? inputs)
    {
        var directory = output?.Text("dir")?.Value ?? "out";
        var fallback = inputs is GlobInputs ? "{name}.out" : "{index}.out";
        var written = output?.Text("name");
        var name = written is not null ? BindTemplate(written) : Template.TryParse(fallback, out var usual, out _) ? usual : null;
        if (written is not null && name is { Varies: false } && inputs is not RangeInputs { Count: 1 } and not ListInputs { Items.Length: 1 })
        {
            faults.Error("E1227", $"'output.name' is '{name}' for every tasklet; add {{index}} or {{name}}", written.Span);
        }

        var picture = BindPicture(output?.Map("assemble"));
        output?.Finish();
        return name is null ? null : new OutputSpec(directory, name, picture);
    }

    private PictureSpec? BindPicture(MapReader? assemble)
    {
        if (assemble is null) return null;
        var png = assemble.Text("png", required: true);
        var columns = assemble.Value<int>("columns", TryInt, "tiles per row, from 1 to 10_000", n => n is >= 1 and <= 10_000, required: true);
        if (png is not null && !OutputName.IsSafe(png.Value))
        {
            faults.Error("E1228", $"'{png.Value}' is not a file name inside the output directory", png.Span);
        }

        assemble.Finish();
        return png is null || columns is null ? null : new PictureSpec(png.Value, columns.Value);
    }

    private static LimitSpec BindLimits(MapReader? limits)
    {
        var fallback = LimitSpec.Default;
        if (limits is null) return fallback;
        var bound = new LimitSpec(
            limits.Value<ByteSize>("memory", ByteSize.TryParse, "64KiB to 4GiB with its unit, such as 256MiB", s => s.Bytes is >= LimitSpec.PageSize and <= MaxMemory) ?? fallback.Memory,
            limits.Value<Fuel>("fuel", Fuel.TryParse, "fuel with k, M, G or T, such as 20G, up to 4000T", f => f.Units > 0 && f.MfuelUp <= uint.MaxValue),
            limits.Value<TimeSpan>("time", Duration.TryParse, "1s to 1d, such as 30s", t => t >= TimeSpan.FromSeconds(1) && t <= TimeSpan.FromDays(1)) ?? fallback.Time,
            limits.Value<ByteSize>("output", ByteSize.TryParse, "1B to 1GiB with its unit, such as 4MiB", s => s.Bytes is >= 1 and <= MaxOutput) ?? fallback.Output);
        limits.Finish();
        return bound;
    }

    private SlaSpec? BindSla(MapReader? sla)
    {
        if (sla is null) return null;
        var deadline = sla.Value<TimeSpan>("deadline", Duration.TryParse, "a time with its unit, such as 10m or 1h30m", t => t > TimeSpan.Zero, required: true);
        var budget = sla.Value<DecimalAmount>("budget", DecimalAmount.TryParse, "an amount, such as 0.10 CRD", b => b.Digits > 0);
        var verdict = BindVerification(sla);
        var devices = BindDevices(sla);
        if (verdict == Verdict.Trusted && devices.IsEmpty && !sla.Has("devices"))
        {
            faults.Error("E1226", "verification 'trusted' needs 'sla.devices': 1 to 16 devices whose word you take", sla.KeySpan("verification"));
        }

        var attestation = sla.Word("attestation", "self-declared", "benchmarked") == "benchmarked" ? AttestationLevel.Benchmarked : AttestationLevel.SelfDeclared;
        var window = sla.Value<TimeSpan>("window", Duration.TryParse, "a time with its unit, such as 1h", t => t > TimeSpan.Zero);
        if (window is not null && verdict == Verdict.Trusted)
        {
            faults.Error("E1211", "'sla.window' is the challenge window of 'optimistic'; 'trusted' settles at once", sla.KeySpan("window"));
        }

        BindLaterPromises(sla);
        sla.Finish();
        return deadline is null ? null : new SlaSpec(deadline.Value, budget, verdict, devices, attestation, window);
    }

    private Verdict BindVerification(MapReader sla)
    {
        if (sla.Text("verification") is not { } text) return Verdict.Optimistic;
        string[] words = ["trusted", "optimistic"];
        if (text.Value == "quorum") faults.Error("E1210", "verification 'quorum' is not in this version; use 'optimistic'", text.Span);
        else if (!words.Contains(text.Value)) faults.Error("E1203", $"bad value '{text.Value}' for 'sla.verification': expected trusted or optimistic{DidYouMean.Suffix(text.Value, words)}", text.Span);
        return text.Value == "trusted" ? Verdict.Trusted : Verdict.Optimistic;
    }

    private ImmutableArray<DeviceId> BindDevices(MapReader sla)
    {
        if (sla.Texts("devices") is not { } items) return [];
        var devices = ImmutableArray.CreateBuilder<DeviceId>();
        foreach (var item in items)
        {
            if (!DeviceId.TryParse(item.Value, out var id)) faults.Error("E1203", $"bad value '{item.Value}' in 'sla.devices': expected a device such as d-3", item.Span);
            else if (devices.Contains(id)) faults.Error("E1203", $"{id} is named twice in 'sla.devices'", item.Span);
            else devices.Add(id);
        }

        if (items.Length is < 1 or > MaxDevices) faults.Error("E1203", $"'sla.devices' names 1 to {MaxDevices} devices, not {items.Length}", sla.KeySpan("devices"));
        return devices.ToImmutable();
    }

    private void BindLaterPromises(MapReader sla)
    {
        if (sla.Value<int>("redundancy", TryInt, "a number of copies", n => n >= 1) > 1)
        {
            faults.Error("E1225", "redundancy above 1 needs verification 'quorum', which is not in this version; 'optimistic' runs one copy that anyone may challenge", sla.KeySpan("redundancy"));
        }

        if (sla.Text("confidentiality") is { Value: not "public" } level)
        {
            faults.Error("E1210", $"confidentiality '{level.Value}' is not in this version: devices see modules, inputs and outputs", level.Span);
        }

        sla.NotYet("locality", "any region may run the job");
        sla.NotYet("audit", "anyone may challenge during the window");
        sla.NotYet("start", "this version runs one stage");
    }

    private Template? BindTemplate(YamlText text)
    {
        if (Template.TryParse(text.Value, out var template, out var unknown)) return template;
        faults.Error(
            "E1212",
            unknown is null
                ? $"'{text.Value}' has a brace without its partner; write {{{{ and }}}} for braces themselves"
                : $"unknown place '{{{unknown}}}' in '{text.Value}'; there are {{{string.Join("}, {", Template.PlaceNames)}}}{DidYouMean.Suffix(unknown, Template.PlaceNames)}",
            text.Span);
        return null;
    }

    private static bool TryInt(string? text, out int value) =>
        int.TryParse(text?.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    private static bool TryLong(string text, out long value) =>
        long.TryParse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
}
