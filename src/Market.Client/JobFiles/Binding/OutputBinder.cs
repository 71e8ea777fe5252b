using System.Collections.Immutable;
using Market.Domain.Jobs;

namespace Market.Client.JobFiles.Binding;

/// <summary>Binds <c>output</c>.</summary>
internal sealed class OutputBinder(DiagnosticBag faults)
{
    /// <summary>Where results go; null where it cannot be said.</summary>
    /// <param name="output">What was written; null if nothing.</param>
    /// <param name="stages">The stages; empty where they could not be read.</param>
    /// <param name="staged">Whether the file has stages.</param>
    public OutputSpec? Bind(MapReader? output, ImmutableArray<StageSpec> stages, bool staged)
    {
        var from = BindFrom(output, stages, staged);
        var inputs = stages.FirstOrDefault(stage => stage.Id == from)?.Inputs;
        var directory = output?.Text("dir")?.Value ?? "out";
        var fallback = inputs is GlobInputs ? "{name}.out" : "{index}.out";
        var written = output?.Text("name");
        var single = output?.Text("file");
        if (written is not null && single is not null) faults.Error("E1208", "'output' takes 'name', for each tasklet, or 'file', for the one there is; it has both", single.Span);
        var name = (written ?? single) is { } text ? TemplateBinder.Bind(text, faults) : Template.TryParse(fallback, out var usual, out _) ? usual : null;
        if ((written ?? single) is { } fixedText && name is { Varies: false } && !IsOne(inputs, known: !stages.IsEmpty || !staged))
        {
            faults.Error("E1227", $"'output.{(written is null ? "file" : "name")}' is '{name}' for every tasklet; {(written is null ? "use output.name with" : "add")} {{index}} or {{name}}", fixedText.Span);
        }

        var picture = BindPicture(output?.Map("assemble"));
        output?.Finish();
        return name is null ? null : new OutputSpec(from, directory, name, picture);
    }

    /// <summary>Whether there is exactly one tasklet, as far as the file alone tells.</summary>
    private static bool IsOne(InputSpec? inputs, bool known) =>
        !known || inputs is RangeInputs { Count: 1 } or ListInputs { Items.Length: 1 } or FileInputs or AllInputs or EachInputs or GroupInputs;

    private StageId BindFrom(MapReader? output, ImmutableArray<StageSpec> stages, bool staged)
    {
        var text = output?.Text("from");
        if (!staged)
        {
            if (text is not null) faults.Error("E1211", "'output.from' names a stage, and this job has one task; remove it", output!.KeySpan("from"));
            return StageId.Main;
        }

        if (stages.IsEmpty) return StageId.Main;
        if (text is not null)
        {
            if (StageId.TryParse(text.Value, out var id) && stages.Any(stage => stage.Id == id)) return id;
            var names = stages.Select(stage => stage.Id.ToString()).ToArray();
            faults.Error("E1217", $"'output.from' names stage '{text.Value}', which does not exist (stages: {string.Join(", ", names)}){DidYouMean.Suffix(text.Value, names)}", text.Span);
            return stages[^1].Id;
        }

        var read = stages.SelectMany(stage => stage.Parents).ToHashSet();
        var last = stages.Where(stage => !read.Contains(stage.Id)).Select(stage => stage.Id).ToArray();
        if (last.Length > 1)
        {
            faults.Error("E1223", $"no stage reads {string.Join(" and ", last.Select(id => $"'{id}'"))}: say with 'output: {{ from: … }}' whose outputs are the results", output?.Span ?? new SourceSpan(1, 1, 1));
        }

        return last.Length == 0 ? stages[^1].Id : last[^1];
    }

    private PictureSpec? BindPicture(MapReader? assemble)
    {
        if (assemble is null) return null;
        var png = assemble.Text("png", required: true);
        var columns = assemble.Value<int>("columns", Numbers.TryInt, "tiles per row, from 1 to 10_000", n => n is >= 1 and <= 10_000, required: true);
        if (png is not null && !OutputName.IsSafe(png.Value))
        {
            faults.Error("E1228", $"'{png.Value}' is not a file name inside the output directory", png.Span);
        }

        assemble.Finish();
        return png is null || columns is null ? null : new PictureSpec(png.Value, columns.Value);
    }
}
