using Market.Conformance.Tests.Engines;
using Market.Conformance.Tests.Generation;
using Market.Wasm;

namespace Market.Conformance.Tests.Hostile;

public sealed class HostileProgramTests
{
    public static TheoryData<string, byte[]> CompileBombs => new()
    {
        { "ifs and locals", Bombs.Ifs(16_000, 4_000) },
        { "ifs", Bombs.Ifs(40_000, 1) },
        { "functions", Bombs.Functions(100_000) },
        { "nesting", Bombs.Nested(100_000) },
        { "labels", Bombs.Table(1_000_000, 1_000) },
        { "locals", Bombs.Recursion(9_000, 0) },
        { "operands", Bombs.Recursion(0, 9_000) },
        { "code", Bombs.Straight(2_000_000) },
    };

    [Theory]
    [MemberData(nameof(CompileBombs), DisableDiscoveryEnumeration = true)]
    public void Canonicalise_OfWhatIsDearToCompile_Refuses(string what, byte[] bomb)
    {
        var refused = Assert.IsType<Canonicalisation.Refused>(Canonicaliser.Canonicalise(bomb));

        Assert.True(refused.Refusal.Kind == RefusalKind.TooLarge, $"{what}: {refused.Refusal}");
    }

    [Theory]
    [InlineData(new byte[] { 1, 5, 0xff, 0xff, 0xff, 0xff, 0x0f })] // 2^32 - 1 types
    [InlineData(new byte[] { 1, 8, 1, 0x60, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f })] // as many parameters
    [InlineData(new byte[] { 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 10, 1, 8, 1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f, 0x0b })] // as many locals
    [InlineData(new byte[] { 0, 0xff, 0xff, 0xff, 0xff, 0x0f })] // a custom section longer than the file
    [InlineData(new byte[] { 4, 9, 1, 0x70, 0, 0xff, 0xff, 0xff, 0xff, 0x0f })] // a table of 2^32 - 1 entries
    public void Canonicalise_OfVastCounts_RefusesWithoutAllocatingForThem(byte[] section)
    {
        byte[] binary = [.. "\0asm\x01\0\0\0"u8, .. section];
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.IsType<Canonicalisation.Refused>(Canonicaliser.Canonicalise(binary));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Canonicalise_OfEveryPrefix_RefusesAllThatLackCode()
    {
        var binary = ProgramGenerator.Generate(11);

        var accepted = Enumerable.Range(0, binary.Length + 1)
            .Where(length => Canonicaliser.Canonicalise(binary.AsSpan(0, length)) is Canonicalisation.Accepted)
            .ToList();

        // The data section comes last: a program without it is another program.
        Assert.Equal(2, accepted.Count);
        Assert.Equal(11, binary[accepted[0]]);
        Assert.Equal(binary.Length, accepted[1]);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 20)]
    [InlineData(50, 5)]
    [InlineData(5, 500)]
    [InlineData(10, 3_000)]
    [InlineData(4_000, 0)]
    public void Run_OfRecursionWithoutEnd_TrapsAtTheSameFuelInEveryEngine(int slots, int kept)
    {
        var canonical = Wat.Canonical(Bombs.Recursion(slots, kept)).Bytes.ToArray();
        var input = Wat.Input([], "recursion");
        const long Limit = 1L << 40;

        var outcome = Settings.OnDeepStack(() => RunInCranelift(canonical, input, Limit));
        var v8 = V8Engine.Run([new V8Run(canonical, input, Limit)]);

        Assert.Equal(RunStatus.Trap, outcome.Status);
        Assert.InRange(outcome.Fuel, 1, Limit - 1);
        Assert.Equal(outcome, v8[0]);
    }

    public static TheoryData<string, string> Runaways => new()
    {
        { "endless loop", "(loop (br 0))" },
        { "fills", "(loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br 0))" },
        { "copies of nothing", "(loop (memory.copy (i32.const 0) (i32.const 1) (i32.const 0)) (br 0))" },
        { "growth", "(loop (drop (memory.grow (i32.const 1))) (br 0))" },
        { "output", "(loop (call $out (i32.const 0) (i32.const 1)) (br 0))" },
        { "mutual recursion", "(call $again)" },
    };

    [Theory]
    [MemberData(nameof(Runaways))]
    public void Run_OfAProgramThatNeverEnds_StopsAtTheLimit(string what, string body)
    {
        var wat = $"""
            (module
              (import "market" "out_write" (func $out (param i32 i32)))
              (memory 1)
              (table 2 funcref) (elem (i32.const 0) $again $then)
              (func $again (call_indirect (i32.const 1)))
              (func $then (call_indirect (i32.const 0)))
              (func (export "_start") {body}))
            """;
        var canonical = Wat.Canonical(Wat.Binary(wat)).Bytes.ToArray();

        var outcome = Settings.OnDeepStack(() => RunInCranelift(canonical, Wat.Input([], what), 100_000));

        Assert.Equal(RunStatus.Trap, outcome.Status);
        Assert.Equal(100_000, outcome.Fuel);
    }

    [Fact]
    public void Run_OfAFillPastTheLimit_TrapsBeforeItFills()
    {
        const string Wat = """
            (module (memory 1) (func (export "_start")
              (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536))))
            """;
        var canonical = Engines.Wat.Canonical(Engines.Wat.Binary(Wat)).Bytes.ToArray();

        var outcome = Settings.OnDeepStack(() => RunInCranelift(canonical, Engines.Wat.Input([], "fill"), 500));

        Assert.Equal(RunStatus.Trap, outcome.Status);
        Assert.Equal(500, outcome.Fuel);
        Assert.Equal(Outcome.Digest(new byte[65536]), outcome.Memory);
    }

    private static Outcome RunInCranelift(byte[] canonical, byte[] input, long limit)
    {
        using var engine = new WasmtimeEngine();
        using var module = engine.Compile(canonical);
        return engine.Run(module, input, limit);
    }
}
