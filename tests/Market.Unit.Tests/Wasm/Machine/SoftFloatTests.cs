using Market.Wasm.Machine;

namespace Market.Unit.Tests.Wasm.Machine;

/// <summary>The integer form of floating point against this processor's.</summary>
public sealed class SoftFloatTests
{
    private static readonly ushort[] Operations = [.. Enumerable.Range(0, 0x108).Select(op => (ushort)op).Where(SoftFloat.Knows)];

    // Over all operations together: 10^6 cases, 10^7 in the long form.
    private static readonly int CasesPerOperation = (Environment.GetEnvironmentVariable("MARKET_TEST_FULL") is null ? 1_000_000 : 10_000_000) / Operations.Length;

    [Fact]
    public void Knows_EveryFloatOperationOfWebAssembly() => Assert.Equal(12 + 28 + 4 + 14 + 8, Operations.Length);

    [Fact]
    public void Compute_OnAllPairsOfSpecialValues_AgreesWithHardware()
    {
        foreach (var op in Operations)
        {
            var specials = FloatCases.Specials(FloatCases.OperandOf(op));
            foreach (var x in specials)
            {
                foreach (var y in FloatCases.IsBinary(op) ? specials : [0]) AssertSame(op, x, y);
            }
        }
    }

    [Fact]
    public void Compute_OnRandomOperands_AgreesWithHardware()
    {
        var random = new Random(7);
        foreach (var op in Operations)
        {
            var operand = FloatCases.OperandOf(op);
            var specials = FloatCases.Specials(operand);
            for (var i = 0; i <= CasesPerOperation; i++)
            {
                AssertSame(op, FloatCases.Draw(random, operand, specials), FloatCases.Draw(random, operand, specials));
            }
        }
    }

    [Fact]
    public void Compute_UnknownOperation_Traps()
    {
        foreach (var op in Enumerable.Range(0, 0x10000).Where(op => !SoftFloat.Knows((ushort)op)))
        {
            Assert.Equal(0UL, SoftFloat.Compute((ushort)op, 1, 1, out var trap));
            Assert.True(trap);
        }
    }

    private static void AssertSame(ushort op, ulong x, ulong y)
    {
        var expected = HardwareFloat.Compute(op, x, y, out var expectedTrap);
        var actual = SoftFloat.Compute(op, x, y, out var trap);
        if (expected != actual || expectedTrap != trap) Assert.Fail($"op {op:x} of {x:x} and {y:x}: {actual:x} (trap {trap}), hardware {expected:x} (trap {expectedTrap})");
    }
}
