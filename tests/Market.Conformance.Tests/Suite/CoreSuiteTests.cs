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
            using var engine = new Engine(Settings.Deterministic());
            return RunAll(scripts, () => new WasmtimeHost(engine));
        });

        foreach (var line in tally.Report()) TestContext.Current.TestOutputHelper!.WriteLine(line);
        Assert.Empty(tally.Failures);
        // Left-out commands are counted above; these keep the count from growing unnoticed.
        Assert.InRange(tally.Passed("assert_return"), 20_284, int.MaxValue);
        Assert.InRange(tally.Passed("assert_trap"), 492, int.MaxValue);
        Assert.InRange(tally.Passed("assert_invalid"), 1_261, int.MaxValue);
        Assert.InRange(tally.Passed("assert_malformed"), 720, int.MaxValue);
    }

    [Fact]
    public void CoreSuite_InTheStepMachine_PassesAndLeavesOutWhatWasmtimeDoes()
    {
        var scripts = SuiteLocation.Scripts();
        var (wasmtime, machine) = Settings.OnDeepStack(() =>
        {
            using var engine = new Engine(Settings.Deterministic());
            return (RunAll(scripts, () => new WasmtimeHost(engine)), RunAll(scripts, () => new MachineHost()));
        });

        Assert.Empty(machine.Failures);
        Assert.Equal(wasmtime.Report(), machine.Report());
    }

    private static Tally RunAll(IReadOnlyList<string> scripts, Func<SuiteHost> host)
    {
        var tally = new Tally();
        foreach (var path in scripts)
        {
            using var one = host();
            new ScriptRunner(path, one, tally).Run();
        }

        return tally;
    }
}
