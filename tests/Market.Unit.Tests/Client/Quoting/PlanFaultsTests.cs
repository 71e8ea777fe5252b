using System.Collections.Immutable;
using Market.Client.Faults;
using Market.Client.JobFiles;
using Market.Client.Quoting;
using Market.Domain.Books;
using Market.Domain.Identity;
using Market.Domain.Jobs;
using Market.Domain.Money;
using Market.Domain.Planning;

namespace Market.Unit.Tests.Client.Quoting;

public sealed class PlanFaultsTests
{
    private static readonly Asset Crd = new("CRD", 6);

    [Fact]
    public void NoDevice_SaysWhatExcludedWhomAndTheCheapestChange()
    {
        var excluded = ImmutableSortedDictionary<Exclusion, int>.Empty.Add(Exclusion.TooLittleMemory, 9).Add(Exclusion.TooExpensive, 6);

        var fault = PlanFaults.Of(new NoPlan(Refusal.NoDevice, 21, excluded, [new LowerMemory(new ByteSize(512L << 20), 11), new RaiseBudget(new Amount(340_000), 6)]), Job(), Crd);

        Assert.Equal(("E2104", ExitCode.NoProvider), (fault.Code, fault.Exit));
        Assert.Equal("No provider matches: 21 live; memory excludes 9, price 6; nothing was sent.", fault.Message);
        Assert.Equal("limits.memory: 512MiB (11 match); or sla.budget: 0.34 CRD (6 match)", fault.Fix);
    }

    [Fact]
    public void NoDevice_InAnEmptyMarket_SaysSo() =>
        Assert.Equal("No provider matches: the market has no live bids; nothing was sent.", PlanFaults.NoDevice(0, new Dictionary<Exclusion, int>()));

    [Theory]
    [InlineData(Refusal.FuelLimitTooLow, "E2301")]
    [InlineData(Refusal.TaskletTooLong, "E2105")]
    [InlineData(Refusal.BudgetTooSmall, "E2106")]
    [InlineData(Refusal.WindowTooLong, "E2109")]
    public void EachRefusal_HasItsCodeAndNamesTheFix(Refusal reason, string code)
    {
        var fault = PlanFaults.Of(new NoPlan(reason, 0, ImmutableSortedDictionary<Exclusion, int>.Empty, [new RaiseFuel(new Fuel(35_000_000_000), 0)]), Job(), Crd);

        Assert.Equal((code, ExitCode.FileInvalid, "limits.fuel: 35G"), (fault.Code, fault.Exit, fault.Fix));
    }

    [Fact]
    public void EveryChange_IsAKeyOfTheJobFile()
    {
        Change[] changes =
        [
            new RaiseTime(TimeSpan.FromSeconds(90), 1), new RaiseDeadline(TimeSpan.FromMinutes(20), 1), new LowerAttestation(AttestationLevel.SelfDeclared, 1),
            new OtherVerification(Market.Domain.Offers.Verdict.Optimistic, 1), new ShortenWindow(TimeSpan.FromHours(1), 1), new WaitForLanes(2),
        ];

        var fixes = changes.Select(change => PlanFaults.Of(new NoPlan(Refusal.NoDevice, 1, ImmutableSortedDictionary<Exclusion, int>.Empty, [change]), Job(), Crd).Fix);

        Assert.Equal(
            [
                "limits.time: 1m30s (1 matches)", "sla.deadline: 20m (1 matches)", "sla.attestation: self-declared (1 matches)",
                "sla.verification: optimistic (1 matches)", "sla.window: 1h (1 matches)", "wait, their lanes are busy (2 match)",
            ],
            fixes);
    }

    private static StageSpec Job() =>
        JobFile.Parse("job.yaml", "version: 1\ntask: { module: a.wasm }\ninputs: { list: [a] }\nsla: { deadline: 1m }\n", "/jobs").Require().Spec.Only;
}
