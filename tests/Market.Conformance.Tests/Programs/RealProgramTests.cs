using Market.Conformance.Tests.Engines;
using Wasmtime;

namespace Market.Conformance.Tests.Programs;

/// <summary>Programs that compilers made from C, C++, Rust, Go and AssemblyScript, on every engine and as ordinary WASI commands.</summary>
public sealed class RealProgramTests
{
    private const long Limit = 1L << 40;

    // From compiler to least number of cases; tests/programs/build.sh and samples/ say how each was built.
    public static TheoryData<string, string, int> Programs => new()
    {
        { "compress", "C", 4 },
        { "routes", "C++", 4 },
        { "calculator", "Rust", 3 },
        { "digest", "Go", 4 },
        { "textstats", "AssemblyScript", 3 },
        { "fractal", "AssemblyScript", 1 },
    };

    [Theory]
    [MemberData(nameof(Programs))]
    public void Run_OfARealProgram_EndsAlikeOnEveryEngineAndAsInWasi(string program, string language, int cases)
    {
        var all = ProgramCase.Of(program);
        Assert.InRange(all.Count, cases, int.MaxValue);
        var original = File.ReadAllBytes(all[0].Module);
        var canonical = Wat.Canonical(original).Bytes.ToArray();
        var inputs = all.Select(c => Wat.Input(c.Stdin, c.Arguments)).ToList();

        var cranelift = Settings.OnDeepStack(() => RunAll(Settings.Deterministic(), canonical, inputs));
        var pulley = Settings.OnDeepStack(() => RunAll(Settings.Deterministic().WithTarget("pulley64"), canonical, inputs));
        var v8 = V8Engine.Run([.. inputs.Select(input => new V8Run(canonical, input, Limit))]);

        for (var i = 0; i < all.Count; i++)
        {
            var (outcome, output) = cranelift[i];
            Assert.True(outcome.Status == RunStatus.Exit, $"{language}, {all[i]}: {outcome}");
            Assert.Equal(outcome, pulley[i].Outcome);
            Assert.Equal(outcome, v8[i]);
            var (exitCode, wasiOutput) = WasiCommand.Run(original, all[i]);
            Assert.Equal(exitCode, outcome.ExitCode);
            Assert.Equal(wasiOutput, output);
        }
    }

    private static List<(Outcome Outcome, byte[] Output)> RunAll(Config config, byte[] canonical, List<byte[]> inputs)
    {
        using var engine = new WasmtimeEngine(config);
        using var module = engine.Compile(canonical);
        return [.. inputs.Select(input => (engine.Run(module, input, Limit, out var output), output))];
    }
}
