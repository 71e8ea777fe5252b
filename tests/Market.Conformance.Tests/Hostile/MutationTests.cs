using Market.Conformance.Tests.Engines;
using Market.Conformance.Tests.Generation;
using Market.Wasm;
using Wasmtime;

namespace Market.Conformance.Tests.Hostile;

public sealed class MutationTests
{
    private const int Originals = 1_000;
    private const int MutantsOfEach = 120;

    private sealed record Verdict(int Accepted, int Refused, int OutsideTheSubset, IReadOnlyList<string> Failures);

    [Fact]
    public void Canonicalise_OfDamagedBinaries_AgreesWithWasmtimeOnValidity()
    {
        var verdicts = Settings.InParallel(Originals, Judge);

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{verdicts.Sum(v => v.Accepted)} mutants accepted, {verdicts.Sum(v => v.Refused)} refused, {verdicts.Sum(v => v.OutsideTheSubset)} outside the subset");
        Assert.Empty(verdicts.SelectMany(v => v.Failures));
        Assert.InRange(verdicts.Sum(v => v.Accepted + v.Refused + v.OutsideTheSubset), 100_000, int.MaxValue);
        Assert.InRange(verdicts.Sum(v => v.Accepted), 5_000, int.MaxValue);
    }

    private static Verdict Judge(int seed)
    {
        using var engine = new Engine(Settings.Deterministic());
        var dice = new Dice(0x6d75746174650000 + (ulong)seed);
        var original = ProgramGenerator.Generate((ulong)seed);
        int accepted = 0, refused = 0, outside = 0;
        var failures = new List<string>();
        for (var i = 0; i < MutantsOfEach; i++)
        {
            var mutant = Mutator.Mutate(original, dice);
            var reason = Module.Validate(engine, mutant);
            switch (Canonicaliser.Canonicalise(mutant))
            {
                case Canonicalisation.Accepted a:
                    accepted++;
                    if (reason is not null) failures.Add($"{seed}/{i}: accepted, but invalid: {reason}");
                    if (Module.Validate(engine, a.Module.Bytes.Span) is { } fault) failures.Add($"{seed}/{i}: canonical form invalid: {fault}");
                    break;
                case Canonicalisation.Refused { Refusal.Kind: RefusalKind.Malformed or RefusalKind.Invalid } r:
                    refused++;
                    if (reason is null) failures.Add($"{seed}/{i}: valid, but refused: {r.Refusal}");
                    break;
                default: outside++; break;
            }
        }

        return new Verdict(accepted, refused, outside, failures);
    }
}
