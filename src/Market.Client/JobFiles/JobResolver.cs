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
        var module = _file.PathOf(Spec.Task.Module);
        var size = new FileInfo(module) is { Exists: true } info ? info.Length : -1;
        if (size < 0) _faults.Error("E1231", $"there is no module '{Spec.Task.Module}'{Nearest(module)}", _file.PlaceOf("task.module"));
        if (size > MaxModule) _faults.Error("E1233", $"the module has {new ByteSize(size)}; providers take at most {new ByteSize(MaxModule)}", _file.PlaceOf("task.module"));

        var items = await ItemsAsync(cancel);
        var program = Path.GetFileName(module);
        var tasklets = items.Select((item, index) => Tasklet(index, item, program)).ToImmutableArray();
        CheckOutputNames(tasklets);
        CheckPicture(tasklets.Length);
        return new ResolvedJob(_file, module, tasklets);
    }

    private ResolvedTasklet Tasklet(int index, string item, string program)
    {
        var isFile = Spec.Inputs is GlobInputs;
        var isText = Spec.Inputs is ListInputs or LinesInputs;
        return new ResolvedTasklet(
            index,
            item,
            [program, .. Spec.Task.Args.Select(arg => arg.Fill(index, item))],
            isText ? Encoding.UTF8.GetBytes(item) : ReadOnlyMemory<byte>.Empty,
            isFile ? _file.PathOf(item) : null,
            Spec.Output.Name.Fill(index, item));
    }

    private async Task<IReadOnlyList<string>> ItemsAsync(CancellationToken cancel)
    {
        switch (Spec.Inputs)
        {
            case RangeInputs range:
                return [.. Enumerable.Range(0, (int)range.Count).Select(i => (range.First + i).ToString(CultureInfo.InvariantCulture))];
            case ListInputs list:
                return list.Items;
            case GlobInputs glob:
                return Matches(glob);
            case LinesInputs lines:
                return await LinesAsync(lines, cancel);
            default:
                throw new InvalidOperationException($"unknown inputs {Spec.Inputs.GetType().Name}");
        }
    }

    private string[] Matches(GlobInputs glob)
    {
        var at = _file.PlaceOf("inputs.glob");
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

    private async Task<IReadOnlyList<string>> LinesAsync(LinesInputs lines, CancellationToken cancel)
    {
        var path = _file.PathOf(lines.File);
        var at = _file.PlaceOf("inputs.lines");
        if (!File.Exists(path))
        {
            _faults.Error("E1231", $"there is no file '{lines.File}'{Nearest(path)}", at);
            return [];
        }

        var items = (await File.ReadAllLinesAsync(path, cancel)).Where(line => line.Length > 0).ToArray();
        if (items.Length == 0) _faults.Error("E1230", $"'{lines.File}' has no lines", at);
        return items;
    }

    private void CheckOutputNames(ImmutableArray<ResolvedTasklet> tasklets)
    {
        var at = _file.PlaceOf("output.name");
        if (tasklets.FirstOrDefault(t => !OutputName.IsSafe(t.OutputName)) is { } unsafeName)
        {
            _faults.Error("E1228", $"item '{unsafeName.Item}' would be written to '{unsafeName.OutputName}', which is no file name inside '{Spec.Output.Directory}'; use {{index}} or {{name}}", at);
        }

        // Some file systems ignore case.
        var taken = new Dictionary<string, ResolvedTasklet>(StringComparer.OrdinalIgnoreCase);
        foreach (var tasklet in tasklets)
        {
            if (taken.TryAdd(tasklet.OutputName, tasklet)) continue;
            _faults.Error("E1229", $"items '{taken[tasklet.OutputName].Item}' and '{tasklet.Item}' would both be written to '{tasklet.OutputName}'; add {{index}}", at);
            break;
        }

        foreach (var reserved in new[] { ReceiptFile.FileName, Spec.Output.Picture?.File })
        {
            if (reserved is not null && taken.TryGetValue(reserved, out var clash))
            {
                _faults.Error("E1229", $"item '{clash.Item}' would be written over '{reserved}'; choose another output.name", at);
            }
        }
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
