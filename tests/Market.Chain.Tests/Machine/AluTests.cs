using System.Buffers.Binary;
using System.Collections.Immutable;
using Market.Chain.Tests.Fixture;
using Market.Unit.Tests.Wasm.Machine;
using Market.Wasm.Machine;

namespace Market.Chain.Tests.Machine;

/// <summary>The contracts' arithmetic against C#'s.</summary>
public sealed class AluTests(LocalMarket local)
{
    private const int CaseBytes = 18;
    private const int AnswerBytes = 33;
    private const int CasesPerCall = 2_000;

    private static readonly ImmutableArray<ulong> IntegerSpecials = [.. FloatCases.Specials('i'), 0x0123456789abcdef, 0x80000000_00000000, 0xffffffff_80000000];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task FloatAlu_AgreesWithTheIntegerForm()
    {
        var random = new Random(11);
        var cases = new List<Case>();
        foreach (var op in Enumerable.Range(0, 0x108).Select(op => (ushort)op).Where(SoftFloat.Knows))
        {
            var operand = FloatCases.OperandOf(op);
            var specials = FloatCases.Specials(operand);
            for (var i = 0; i < 400; i++)
            {
                var (x, y) = (FloatCases.Draw(random, operand, specials), FloatCases.Draw(random, operand, specials));
                // The high half of a narrow operand means nothing.
                if (operand == 'f' && i % 4 == 0) (x, y) = (x | 0xdead0000_00000000, y | 0xbeef0000_00000000);
                cases.Add(new Case(op, x, y, SoftFloat.Compute(op, x, y, out var trap), trap));
            }
        }

        await AssertSameAsync(cases);
        Assert.True(cases.Count >= 20_000);
    }

    [Fact]
    public async Task IntAlu_AgreesWithCSharp()
    {
        var random = new Random(12);
        ulong Draw() => random.Next(3) == 0 ? IntegerSpecials[random.Next(IntegerSpecials.Length)] : (ulong)random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);
        var cases = new List<Case>();
        foreach (var op in Enumerable.Range(0, 0x108).Select(op => (ushort)op).Where(IntegerReference.Knows))
        {
            for (var i = 0; i < 320; i++)
            {
                var (x, y) = (Draw(), Draw());
                var z = IntegerReference.Compute(op, x, y);
                cases.Add(new Case(op, x, y, z ?? 0, z is null));
            }
        }

        await AssertSameAsync(cases);
        Assert.True(cases.Count >= 20_000);
    }

    [Fact]
    public async Task UnknownOperations_Trap()
    {
        var unknown = Enumerable.Range(0, 0x400).Append(0xffff).Select(op => (ushort)op).Where(op => !SoftFloat.Knows(op) && !IntegerReference.Knows(op));

        await AssertSameAsync([.. unknown.Select(op => new Case(op, 3, 4, 0, true))]);
    }

    private async Task AssertSameAsync(List<Case> cases)
    {
        var harness = await TestContract.DeployAsync(local, "test/AluHarness", default, Cancel);
        foreach (var part in cases.Chunk(CasesPerCall))
        {
            var data = new byte[part.Length * CaseBytes];
            for (var i = 0; i < part.Length; i++)
            {
                var at = data.AsSpan(i * CaseBytes);
                BinaryPrimitives.WriteUInt16BigEndian(at, part[i].Op);
                BinaryPrimitives.WriteUInt64BigEndian(at[2..], part[i].X);
                BinaryPrimitives.WriteUInt64BigEndian(at[10..], part[i].Y);
            }

            var answers = await harness.CallAsync(data, Cancel);

            Assert.Equal(part.Length * AnswerBytes, answers.Length);
            for (var i = 0; i < part.Length; i++)
            {
                var answer = answers.AsSpan(i * AnswerBytes, AnswerBytes);
                var high = answer[..24].ContainsAnyExcept((byte)0);
                var (z, trap) = (BinaryPrimitives.ReadUInt64BigEndian(answer[24..]), answer[32] != 0);
                if (high || z != part[i].Z || trap != part[i].Trap) Assert.Fail($"{part[i]}: the contract gives {Convert.ToHexStringLower(answer)}");
            }
        }
    }

    private readonly record struct Case(ushort Op, ulong X, ulong Y, ulong Z, bool Trap)
    {
        public override string ToString() => $"op {Op:x} of {X:x} and {Y:x} = {Z:x}, trap {Trap}";
    }
}
