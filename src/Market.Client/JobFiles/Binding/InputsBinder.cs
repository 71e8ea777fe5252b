using System.Collections.Immutable;
using Market.Domain.Jobs;

namespace Market.Client.JobFiles.Binding;

/// <summary>Binds <c>inputs</c>.</summary>
internal sealed class InputsBinder(DiagnosticBag faults)
{
    /// <summary>Most items of a stage.</summary>
    public const int MaxItems = 1_000_000;

    private static readonly string[] Kinds = ["range", "list", "glob", "lines", "file", "from"];
    private static readonly string[] Ways = ["each", "groupBy", "group", "fanOut"];

    /// <summary>The inputs, or null where too little could be read. Whether the parents exist is judged later.</summary>
    public InputSpec? Bind(MapReader? inputs)
    {
        if (inputs is null) return null;
        var written = Kinds.Where(inputs.Has).ToArray();
        if (written.Length != 1)
        {
            var got = written.Length == 0 ? "none" : string.Join(" and ", written);
            faults.Error("E1208", $"'inputs' takes exactly one of {string.Join(", ", Kinds)}; it has {got}", inputs.Span);
        }

        var range = BindRange(inputs);
        var list = BindList(inputs);
        var glob = inputs.Text("glob");
        var lines = inputs.Text("lines");
        var file = inputs.Text("file");
        var max = inputs.Value<int>("max", Numbers.TryInt, $"a number of items from 1 to 1_000_000", n => n is >= 1 and <= MaxItems);
        var from = BindFrom(inputs, max);
        if (max is not null && glob is null && !inputs.Has("fanOut")) faults.Error("E1211", $"{inputs.Name("max")} guards 'glob' and 'fanOut' and means nothing without one", inputs.KeySpan("max"));
        inputs.Finish();
        return range ?? (InputSpec?)list
            ?? (glob is not null ? new GlobInputs(glob.Value, max ?? GlobInputs.DefaultMax) : null)
            ?? (InputSpec?)(lines is not null ? new LinesInputs(lines.Value) : null)
            ?? (InputSpec?)(file is not null ? new FileInputs(file.Value) : null)
            ?? from;
    }

    private RangeInputs? BindRange(MapReader inputs)
    {
        if (inputs.Text("range") is not { } text) return null;
        if (text.Value.Split("..") is not [var first, var last] || !Numbers.TryLong(first, out var from) || !Numbers.TryLong(last, out var to))
        {
            faults.Error("E1203", $"bad value '{text.Value}' for {inputs.Name("range")}: expected two whole numbers, both included, such as 0..63", text.Span);
            return null;
        }

        if (to < from) faults.Error("E1203", $"{inputs.Name("range")} {text.Value} is empty: it ends before it starts", text.Span);
        else if ((UInt128)((Int128)to - from) >= MaxItems) faults.Error("E1232", $"{inputs.Name("range")} {text.Value} has more than {MaxItems} items", text.Span);
        return new RangeInputs(from, to);
    }

    private ListInputs? BindList(MapReader inputs)
    {
        if (inputs.Texts("list") is not { } items) return null;
        if (items.IsEmpty) faults.Error("E1203", $"{inputs.Name("list")} is empty", inputs.KeySpan("list"));
        return new ListInputs([.. items.Select(item => item.Value)]);
    }

    private FromInputs? BindFrom(MapReader inputs, int? max)
    {
        var texts = inputs.TextOrTexts("from");
        inputs.Value<bool>("each", bool.TryParse, "true, or leave it out", yes => yes);
        var size = inputs.Value<int>("groupBy", Numbers.TryInt, "a number of outputs for each tasklet, from 1 to 1_000_000", n => n is >= 1 and <= MaxItems);
        inputs.Word("group", "all");
        inputs.Value<bool>("fanOut", bool.TryParse, "true, or leave it out", yes => yes);
        var join = inputs.Word("join", "framed", "concat") == "concat" ? Join.Concat : Join.Framed;
        if (texts is null)
        {
            foreach (var stray in Ways.Append("join").Where(inputs.Has).Where(_ => !inputs.Has("from")))
            {
                faults.Error("E1211", $"{inputs.Name(stray)} says how outputs of other stages are read and means nothing without 'from'", inputs.KeySpan(stray));
            }

            return null;
        }

        var parents = BindParents(inputs, texts.Value);
        var ways = Ways.Where(inputs.Has).ToArray();
        if (ways.Length != 1)
        {
            var got = ways.Length == 0 ? "it says nothing" : $"it has {string.Join(" and ", ways)}";
            faults.Error("E1216", $"'inputs.from' takes exactly one of each: true, groupBy: N, group: all, fanOut: true; {got}", inputs.KeySpan("from"));
            return null;
        }

        if (inputs.Has("join") && (ways[0] == "fanOut" || (ways[0] == "each" && parents.Length == 1)))
        {
            faults.Error("E1211", $"{inputs.Name("join")} means nothing here: every tasklet reads one output", inputs.KeySpan("join"));
        }

        if (ways[0] == "fanOut" && max is null && !inputs.Has("max"))
        {
            faults.Error("E1216", "'fanOut' needs 'max', the most tasklets there may be: budget is set aside for so many", inputs.KeySpan("fanOut"));
        }

        if (ways[0] == "fanOut" && parents.Length > 1) faults.Error("E1216", "'fanOut' reads one stage; join the others first", inputs.KeySpan("from"));
        return ways[0] switch
        {
            "each" => new EachInputs(parents, join),
            "groupBy" => size is { } n ? new GroupInputs(parents, n, join) : null,
            "group" => new AllInputs(parents, join),
            _ => max is { } most ? new FanOutInputs(parents, most) : null,
        };
    }

    private ImmutableArray<StageId> BindParents(MapReader inputs, ImmutableArray<YamlText> texts)
    {
        if (texts.IsEmpty) faults.Error("E1203", $"{inputs.Name("from")} is empty: name a stage", inputs.KeySpan("from"));
        var parents = ImmutableArray.CreateBuilder<StageId>();
        foreach (var text in texts)
        {
            if (!StageId.TryParse(text.Value, out var id)) faults.Error("E1203", $"bad value '{text.Value}' for {inputs.Name("from")}: expected a stage's id", text.Span);
            else if (parents.Contains(id)) faults.Error("E1203", $"stage '{id}' is named twice in {inputs.Name("from")}", text.Span);
            else parents.Add(id);
        }

        return parents.ToImmutable();
    }
}
