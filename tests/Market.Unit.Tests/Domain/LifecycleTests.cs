using Market.Domain.Leases;
using Market.Domain.Offers;
using Market.Unit.Tests.Architecture;

namespace Market.Unit.Tests.Domain;

public sealed class LifecycleTests
{
    private static readonly Dictionary<(LeaseState, LeaseStep), LeaseState> LegalLeaseSteps = new()
    {
        [(LeaseState.None, LeaseStep.Lease)] = LeaseState.Leased,
        [(LeaseState.Leased, LeaseStep.Summon)] = LeaseState.Leased,
        [(LeaseState.Leased, LeaseStep.Appear)] = LeaseState.Leased,
        [(LeaseState.Leased, LeaseStep.Commit)] = LeaseState.Committed,
        [(LeaseState.Leased, LeaseStep.Expire)] = LeaseState.Expired,
        [(LeaseState.Leased, LeaseStep.Decline)] = LeaseState.Declined,
        [(LeaseState.Leased, LeaseStep.Void)] = LeaseState.Voided,
        [(LeaseState.Committed, LeaseStep.Settle)] = LeaseState.Settled,
        [(LeaseState.Committed, LeaseStep.Dispute)] = LeaseState.Disputed,
        [(LeaseState.Committed, LeaseStep.Void)] = LeaseState.Voided,
        [(LeaseState.Disputed, LeaseStep.Uphold)] = LeaseState.Committed,
        [(LeaseState.Disputed, LeaseStep.Void)] = LeaseState.Voided,
    };

    private static readonly Dictionary<(OfferState, OfferStep), OfferState> LegalOfferSteps = new()
    {
        [(OfferState.None, OfferStep.Post)] = OfferState.Open,
        [(OfferState.Open, OfferStep.Cancel)] = OfferState.Cancelled,
        [(OfferState.Open, OfferStep.Close)] = OfferState.Closed,
        [(OfferState.Cancelled, OfferStep.Close)] = OfferState.Closed,
    };

    public static TheoryData<LeaseState, LeaseStep> EveryLeaseStep() =>
        new(from state in Enum.GetValues<LeaseState>() from step in Enum.GetValues<LeaseStep>() select (state, step));

    public static TheoryData<OfferState, OfferStep> EveryOfferStep() =>
        new(from state in Enum.GetValues<OfferState>() from step in Enum.GetValues<OfferStep>() select (state, step));

    [Theory]
    [MemberData(nameof(EveryLeaseStep))]
    public void Lease_TakesOnlyLegalSteps(LeaseState state, LeaseStep step) =>
        Assert.Equal(LegalLeaseSteps.TryGetValue((state, step), out var next) ? next : null, LeaseLifecycle.Next(state, step));

    [Theory]
    [MemberData(nameof(EveryOfferStep))]
    public void Offer_TakesOnlyLegalSteps(OfferState state, OfferStep step) =>
        Assert.Equal(LegalOfferSteps.TryGetValue((state, step), out var next) ? next : null, OfferLifecycle.Next(state, step));

    [Theory]
    [InlineData(LeaseState.Settled)]
    [InlineData(LeaseState.Expired)]
    [InlineData(LeaseState.Declined)]
    [InlineData(LeaseState.Voided)]
    public void Lease_NeverLeavesAFinalState(LeaseState state)
    {
        Assert.True(LeaseLifecycle.IsFinal(state));
        Assert.All(Enum.GetValues<LeaseStep>(), step => Assert.Null(LeaseLifecycle.Next(state, step)));
    }

    [Fact]
    public void ProtocolPage_TellsEveryLegalStep_AndNoOther()
    {
        var legal = LegalLeaseSteps.Select(step => $"| {step.Key.Item1} | {step.Key.Item2} | {step.Value} |")
            .Concat(LegalOfferSteps.Select(step => $"| {step.Key.Item1} | {step.Key.Item2} | {step.Value} |"));
        var told = File.ReadLines(Path.Combine(RepositoryRoot.Path, "docs", "protocol.md"))
            .Where(line => line.Split('|') is [_, var from, var step, ..] && IsStep(from.Trim(), step.Trim()))
            .Select(line => string.Join('|', line.Split('|').Take(4)) + "|");

        Assert.Equal(legal.Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
    }

    private static bool IsStep(string from, string step) =>
        (Enum.TryParse<LeaseState>(from, out _) && Enum.TryParse<LeaseStep>(step, out _)) || (Enum.TryParse<OfferState>(from, out _) && Enum.TryParse<OfferStep>(step, out _));
}
