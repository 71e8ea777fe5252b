using System.Text.Json;
using System.Text.RegularExpressions;
using Market.Unit.Tests.Architecture;

namespace Market.Unit.Tests.Node;

/// <summary>The dashboard and the alert rules that ship ask only for metrics that the node has.</summary>
public sealed partial class DashboardTests
{
    [GeneratedRegex("market_provider_[a-z_]+")]
    private static partial Regex Metric { get; }

    [GeneratedRegex("Create(?<kind>Counter|ObservableCounter|ObservableGauge|Histogram)(<[a-z]+>)?\\(\\s*\"(?<name>market\\.provider\\.[a-z.]+)\",\\s*(?<rest>[^\n]+)")]
    private static partial Regex Instrument { get; }

    [Fact]
    public void Dashboard_AsksOnlyForMetricsThatExist() => AssertKnown(File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "grafana.json")));

    [Fact]
    public void AlertRules_AskOnlyForMetricsThatExist() => AssertKnown(File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "alerts.yaml")));

    [Fact]
    public void Dashboard_IsJsonWithOnePlaceForEachPanel()
    {
        var panels = JsonDocument.Parse(File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "grafana.json"))).RootElement.GetProperty("panels").EnumerateArray().ToList();

        Assert.Equal(panels.Count, panels.Select(p => $"{p.GetProperty("gridPos").GetProperty("x")},{p.GetProperty("gridPos").GetProperty("y")}").Distinct().Count());
    }

    private static void AssertKnown(string file)
    {
        var asked = Metric.Matches(file).Select(m => m.Value).Distinct().ToList();
        var known = Names().ToHashSet(StringComparer.Ordinal);

        Assert.NotEmpty(asked);
        Assert.DoesNotContain(asked, a => !known.Contains(a));
    }

    // Names as the Prometheus exporter makes them of an instrument's name and unit; the end-to-end tests read the real ones.
    private static IEnumerable<string> Names()
    {
        var folder = Path.Combine(RepositoryRoot.Path, "node", "Market.Node", "Observing");
        foreach (var m in Directory.EnumerateFiles(folder, "Provider*.cs").SelectMany(f => Instrument.Matches(File.ReadAllText(f))))
        {
            var rest = m.Groups["rest"].Value;
            var unit = Regex.IsMatch(rest, "\\basset\\b") ? "_crd"
                : rest.Contains("\"eth\"", StringComparison.Ordinal) ? "_eth"
                : rest.Contains("\"By\"", StringComparison.Ordinal) ? "_bytes"
                : rest.Contains("\"1\"", StringComparison.Ordinal) ? "_ratio"
                : Regex.IsMatch(rest, "\"s\"") ? "_seconds" : "";
            var name = m.Groups["name"].Value.Replace('.', '_') + unit;
            if (m.Groups["kind"].Value == "Histogram") yield return name + "_bucket";
            else yield return m.Groups["kind"].Value.Contains("Counter", StringComparison.Ordinal) ? name + "_total" : name;
        }
    }
}
