using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Market.Domain.Jobs;
using Market.Domain.Receipts;
using Microsoft.Extensions.FileSystemGlobbing;

namespace Market.Client.JobFiles;

/// <summary>Finds a job's module, items and output names on this machine.</summary>
public sealed class JobResolver
{
    private const long MaxModule = 32L << 20;
    private readonly JobFile _file;
    private readonly DiagnosticBag _faults = new();

    private JobResolver(JobFile file) => _file = file;

    private JobSpec Spec => _file.Spec;

    /// <summary>Resolves <paramref name="file"/>; missing files and clashing names are diagnostics at their place in it.</summary>
    public static async Task<ResolvedJobResult> ResolveAsync(JobFile file, CancellationToken cancel)
    {
        var resolver = new JobResolver(file);
        var job = await resolver.ResolveAsync(cancel);
        return new ResolvedJobResult(resolver._faults.HasErrors ? null : job, resolver._faults.Sorted());
    }

    private async Task<ResolvedJob> ResolveAsync(CancellationToken cancel)
    {
        var graph = StageGraph.Of(Spec);
        var stages = new ResolvedStage[Spec.Stages.Length];
        foreach (var i in graph.Order) stages[i] = await ResolveAsync(Spec.Stages[i], [.. graph.Parents[i].Select(parent => stages[parent])], cancel);
        var job = new ResolvedJob(_file, [.. stages]);
        CheckOutputs(job);
        return job;
    }

    private async Task<ResolvedStage> ResolveAsync(StageSpec stage, ImmutableArray<ResolvedStage> parents, CancellationToken cancel)
    {
        var module = _file.PathOf(stage.Task.Module);
        var at = _file.PlaceOf(stage, "task.module");
        var size = new FileInfo(module) is { Exists: true } info ? info.Length : -1;
        if (size < 0) _faults.Error("E1231", $"there is no module '{stage.Task.Module}'{Nearest(module)}", at);
        if (size > MaxModule) _faults.Error("E1233", $"the module has {new ByteSize(size)}; providers take at most {new ByteSize(MaxModule)}", at);
        if (stage.Inputs is FromInputs)
        {
            CheckPaired(stage, parents);
            return new ResolvedStage(stage, module, [], (int?)StageCounts.Of(stage.Inputs, parents[0].Count));
        }

        var items = await ItemsAsync(stage, cancel);
        var program = Path.GetFileName(module);
        return new ResolvedStage(stage, module, [.. items.Select((item, index) => Tasklet(stage, index, item, program))], items.Count);
    }

    /// <summary>Several parents have as many tasklets, and a fan-out's parent has one; the binder knows no files.</summary>
    private void CheckPaired(StageSpec stage, ImmutableArray<ResolvedStage> parents)
    {
        if (stage.Inputs is FanOutInputs && parents[0].Count is not (null or 1))
        {
            _faults.Error(
                "E1219",
                $"stage '{stage.Id}' fans out the one output of a stage, and '{parents[0].Spec.Id}' has {parents[0].Count}; join them with 'group: all' in a stage between",
                _file.PlaceOf(stage, "inputs.from"));
        }

        var sizes = parents.Where(parent => parent.Count is not null).ToArray();
        if (sizes.Select(parent => parent.Count).Distinct().Count() < 2) return;
        _faults.Error(
            "E1219",
            $"stage '{stage.Id}' pairs outputs of {string.Join(" and ", sizes.Select(parent => $"'{parent.Spec.Id}' ({parent.Count})"))}, which are not equally many; join each of them with 'group: all' in a stage of its own first",
            _file.PlaceOf(stage, "inputs.from"));
    }

    private ResolvedTasklet Tasklet(StageSpec stage, int index, string item, string program) => new(
        index,
        item,
        [program, .. stage.Task.Args.Select(arg => arg.Fill(index, item))],
        stage.Inputs is ListInputs or LinesInputs ? Encoding.UTF8.GetBytes(item) : ReadOnlyMemory<byte>.Empty,
        stage.Inputs is GlobInputs or FileInputs ? _file.PathOf(item) : null,
        Spec.Output.Name.Fill(index, item));

    private async Task<IReadOnlyList<string>> ItemsAsync(StageSpec stage, CancellationToken cancel)
    {
        switch (stage.Inputs)
        {
            case RangeInputs range:
                return [.. Enumerable.Range(0, (int)range.Count).Select(i => (range.First + i).ToString(CultureInfo.InvariantCulture))];
            case ListInputs list:
                return list.Items;
            case GlobInputs glob:
                return Matches(glob, _file.PlaceOf(stage, "inputs.glob"));
            case LinesInputs lines:
                return await LinesAsync(lines, _file.PlaceOf(stage, "inputs.lines"), cancel);
            case FileInputs file:
                if (!File.Exists(_file.PathOf(file.File))) _faults.Error("E1231", $"there is no file '{file.File}'{Nearest(_file.PathOf(file.File))}", _file.PlaceOf(stage, "inputs.file"));
                return [file.File.Replace(Path.DirectorySeparatorChar, '/')];
            default:
                throw new InvalidOperationException($"unknown inputs {stage.Inputs.GetType().Name}");
        }
    }

    private string[] Matches(GlobInputs glob, SourceSpan at)
    {
        if (glob.Pattern.StartsWith('/') || glob.Pattern.Split('/').Contains(".."))
        {
            _faults.Error("E1203", $"'{glob.Pattern}' leaves the job file's folder; a glob stays inside it", at);
            return [];
        }

        var files = new Matcher(StringComparison.Ordinal).AddInclude(glob.Pattern).GetResultsInFullPath(_file.Folder)
            .Select(path => Path.GetRelativePath(_file.Folder, path).Replace(Path.DirectorySeparatorChar, '/'))
            .Order(StringComparer.Ordinal)
            .ToArray();
        if (files.Length == 0) _faults.Error("E1230", $"'{glob.Pattern}' matches no file in {_file.Folder}{Nearest(_file.PathOf(glob.Pattern))}", at);
        if (files.Length > glob.Max) _faults.Error("E1232", $"'{glob.Pattern}' matches {files.Length} files, more than 'inputs.max' {glob.Max}", at);
        return files;
    }

    private async Task<IReadOnlyList<string>> LinesAsync(LinesInputs lines, SourceSpan at, CancellationToken cancel)
    {
        var path = _file.PathOf(lines.File);
        if (!File.Exists(path))
        {
            _faults.Error("E1231", $"there is no file '{lines.File}'{Nearest(path)}", at);
            return [];
        }

        var items = (await File.ReadAllLinesAsync(path, cancel)).Where(line => line.Length > 0).ToArray();
        if (items.Length == 0) _faults.Error("E1230", $"'{lines.File}' has no lines", at);
        return items;
    }

    private void CheckOutputs(ResolvedJob job)
    {
        if (job.Result.Count is not { } count) return;
        var at = _file.PlaceOf(_file.PlaceOf("output.name") == new SourceSpan(1, 1, 1) ? "output.file" : "output.name");
        var outputs = Enumerable.Range(0, count).Select(i => (Item: job.ItemOf(job.Result, i), Name: job.OutputName(i))).ToArray();
        foreach (var (item, name) in outputs.Where(output => !OutputName.IsSafe(output.Name)).Take(1))
        {
            _faults.Error("E1228", $"item '{item}' would be written to '{name}', which is no file name inside '{Spec.Output.Directory}'; use {{index}} or {{name}}", at);
        }

        // Some file systems ignore case.
        var taken = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (item, name) in outputs)
        {
            if (taken.TryAdd(name, item)) continue;
            _faults.Error("E1229", $"items '{taken[name]}' and '{item}' would both be written to '{name}'; add {{index}}", at);
            break;
        }

        foreach (var reserved in new[] { ReceiptFile.FileName, Spec.Output.Picture?.File })
        {
            if (reserved is not null && taken.TryGetValue(reserved, out var clash))
            {
                _faults.Error("E1229", $"item '{clash}' would be written over '{reserved}'; choose another output.name", at);
            }
        }

        CheckPicture(count);
    }

    private void CheckPicture(int tiles)
    {
        if (Spec.Output.Picture is { } picture && tiles > 0 && tiles % picture.Columns != 0)
        {
            _faults.Error("E1234", $"{tiles} tiles do not fill rows of {picture.Columns}", _file.PlaceOf("output.assemble.columns"));
        }
    }

    /// <summary>Names the files that lie where <paramref name="path"/> was looked for and are called most like it.</summary>
    private static string Nearest(string path)
    {
        var folder = path.Split('*')[0];
        folder = Path.GetDirectoryName(folder) ?? folder;
        if (!Directory.Exists(folder)) return $"; there is no folder {folder}";
        var wanted = Path.GetFileName(path);
        var names = Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)).OrderBy(name => DidYouMean.Distance(wanted, name))
            .ThenBy(name => name, StringComparer.Ordinal).Take(3).ToArray();
        return names.Length == 0 ? "; the folder is empty" : $"; nearest: {string.Join(", ", names)}";
    }
}
