using System.Globalization;

namespace Market.Conformance.Tests.Suite;

/// <summary>Counts what was checked, what was left out and why, and keeps every failure.</summary>
internal sealed class Tally
{
    private readonly SortedDictionary<string, int> _passed = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _leftOut = new(StringComparer.Ordinal);

    public List<string> Failures { get; } = [];

    public int Passed(string command) => _passed.GetValueOrDefault(command);

    public int LeftOut => _leftOut.Values.Sum();

    public void Pass(string command) => _passed[command] = _passed.GetValueOrDefault(command) + 1;

    public void Leave(string command, string reason)
    {
        var key = $"{command}: {reason}";
        _leftOut[key] = _leftOut.GetValueOrDefault(key) + 1;
    }

    public void Fail(string where, string what) => Failures.Add($"{where}: {what}");

    public IEnumerable<string> Report()
    {
        yield return $"passed {_passed.Values.Sum()}";
        foreach (var (command, count) in _passed) yield return Line(count, command);
        yield return $"left out {LeftOut}";
        foreach (var (reason, count) in _leftOut) yield return Line(count, reason);
        yield return $"failed {Failures.Count}";
        foreach (var failure in Failures) yield return "  " + failure;
    }

    private static string Line(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"  {count,6} {what}");
}
