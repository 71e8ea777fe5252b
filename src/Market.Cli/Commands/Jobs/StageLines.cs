using Market.Cli.Shell;
using Market.Client.Graphs;
using Spectre.Console;

namespace Market.Cli.Commands.Jobs;

/// <summary>Tells people how the stages of a job go: one line for each that changes, and one for each re-run.</summary>
internal sealed class StageLines(CommandContext context)
{
    private readonly Dictionary<string, (string Line, int Again)> _shown = [];

    /// <summary>What changed.</summary>
    public void Show(JobGraph graph)
    {
        foreach (var stage in graph.Stages)
        {
            var (line, again) = _shown.GetValueOrDefault(stage.Name, ("", 0));
            foreach (var why in stage.Again.Skip(again)) Say(graph, $"{stage.Name}: {why}");
            var now = $"{stage.Name}  {stage.State}  {GraphText.Cells(stage.Tasklets)}".TrimEnd();
            if (now != line) Say(graph, now);
            _shown[stage.Name] = (now, stage.Again.Length);
        }
    }

    private void Say(JobGraph graph, string line) =>
        context.Say($"{(graph.Time is { } time ? $"[grey]{time.Until.ToDateTimeOffset():HH:mm:ss}[/] " : "")}{Markup.Escape(line)}");
}
