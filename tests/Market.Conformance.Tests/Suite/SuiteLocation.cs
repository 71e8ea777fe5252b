namespace Market.Conformance.Tests.Suite;

/// <summary>
/// Where the official WebAssembly core suite (2.0, repository WebAssembly/testsuite, commit 3a04b2cf93bd) lies: the folder
/// named by <c>WASM_TESTSUITE</c>. It is not part of this project; in CI its absence is a failure, elsewhere a skip.
/// </summary>
internal static class SuiteLocation
{
    public const string Variable = "WASM_TESTSUITE";

    /// <summary>The suite's scripts, ordered by name.</summary>
    public static IReadOnlyList<string> Scripts()
    {
        var folder = Environment.GetEnvironmentVariable(Variable);
        if (folder is not null && Directory.Exists(folder)) return [.. Directory.EnumerateFiles(folder, "*.wast").Order(StringComparer.Ordinal)];
        var reason = $"the WebAssembly core suite is not there: set {Variable} to its folder (now {folder ?? "unset"})";
        Assert.SkipWhen(Environment.GetEnvironmentVariable("CI") != "true", reason);
        Assert.Fail(reason);
        return [];
    }
}
