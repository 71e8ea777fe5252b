using System.Text.RegularExpressions;

namespace Market.Unit.Tests.Architecture;

/// <summary>Each promise of docs/security.md names the test that enforces it; the tests exist.</summary>
public sealed partial class SecurityPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "security.md"));

    [Fact]
    public void EveryPromise_NamesTestsThatExist()
    {
        var named = Named().Matches(Page);
        var missing = named
            .Where(name => !Defines(Path.Combine(RepositoryRoot.Path, name.Groups["file"].Value), name.Groups["test"].Value))
            .Select(name => name.Value);

        Assert.True(named.Count > 20, $"only {named.Count} tests are named");
        Assert.Empty(missing);
    }

    [Fact]
    public void EveryRowOfPromises_EndsInATest()
    {
        var rows = Page.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.Contains("| Enforced by", StringComparison.Ordinal));

        Assert.All(rows, row => Assert.Matches(EndsInTest(), row));
    }

    /// <summary>A test of that name, not merely the words: a method in C# or Solidity, the name of an <c>it</c> in TypeScript.</summary>
    private static bool Defines(string file, string test)
    {
        if (!File.Exists(file)) return false;
        var text = File.ReadAllText(file);
        return Path.GetExtension(file) == ".ts" ? text.Contains($"it(\"{test}\"", StringComparison.Ordinal) : Regex.IsMatch(text, $@"(function|Task|void) {Regex.Escape(test)}\(");
    }

    [GeneratedRegex(@"`(?<test>[^`]+)` \((?<file>[\w./]+)\)")]
    private static partial Regex Named();

    // Level 0 of attestation promises nothing.
    [GeneratedRegex(@"(`[^`]+` \([\w./]+\) \||\| – \|)$")]
    private static partial Regex EndsInTest();
}
