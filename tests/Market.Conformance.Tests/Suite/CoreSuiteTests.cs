using Market.Conformance.Tests.Engines;
using Wasmtime;

namespace Market.Conformance.Tests.Suite;

public sealed class CoreSuiteTests
{
    [Fact]
    public void CoreSuite_ThroughTheCanonicaliser_BehavesAsSpecified()
    {
        var scripts = SuiteLocation.Scripts();
        var tally = Settings.OnDeepStack(() =>
        {
            var result = new Tally();
            using var engine = new Engine(Settings.Deterministic());
            foreach (var path in scripts)
            {
                using var runner = new ScriptRunner(path, engine, result);
                runner.Run();
            }

            return result;
        });

        foreach (var line in tally.Report()) TestContext.Current.TestOutputHelper!.WriteLine(line);
        Assert.Empty(tally.Failures);
        // Left-out commands are counted above; these keep the count from growing unnoticed.
        Assert.InRange(tally.Passed("assert_return"), 20_284, int.MaxValue);
        Assert.InRange(tally.Passed("assert_trap"), 492, int.MaxValue);
        Assert.InRange(tally.Passed("assert_invalid"), 1_261, int.MaxValue);
        Assert.InRange(tally.Passed("assert_malformed"), 720, int.MaxValue);
    }
}
