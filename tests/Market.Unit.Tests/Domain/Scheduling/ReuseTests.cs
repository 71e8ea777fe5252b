using CsCheck;
using Market.Domain.Results;
using Market.Domain.Scheduling;
using Market.Hashing;

namespace Market.Unit.Tests.Domain.Scheduling;

public sealed class ReuseTests
{
    [Fact]
    public void EveryContent_IsBoughtOnce_AndNeverWhatIsKnown() => Gen.Select(Gen.Int[0, 6].Array[0, 30], Gen.Int[0, 6].Array[0, 4]).Sample((tasklets, known) =>
    {
        var results = known.Distinct().ToDictionary(Key, i => new TaskletResult(TaskletStatus.Exited, 0, (ulong)i, default));

        var plan = ReusePlan.Of(tasklets.Select(Key), results);

        Assert.Equal(tasklets.Length, plan.Buy.Length + plan.Known.Count + plan.SameAs.Count);
        Assert.Equal(tasklets.Distinct().Except(known).Count(), plan.Buy.Length);
        Assert.All(plan.Buy, i => Assert.Null(plan.WhyNot(i)));
        Assert.All(plan.Known, pair => Assert.Equal((ulong)tasklets[pair.Key], pair.Value.FuelUsed));
        Assert.All(plan.SameAs, pair => Assert.Equal(tasklets[pair.Value], tasklets[pair.Key]));
        Assert.All(plan.SameAs.Values, i => Assert.Contains(i, plan.Buy));
    });

    [Fact]
    public void AnotherLimit_IsAnotherContent()
    {
        var plan = ReusePlan.Of([Key(1), Key(1) with { Mfuel = 2 }, Key(1)], new Dictionary<ResultKey, TaskletResult>());

        Assert.Equal([0U, 1U], plan.Buy);
        Assert.Equal(ReasonCode.SameAsAnother, plan.WhyNot(2)!.Code);
    }

    private static ResultKey Key(int content) => new(Hash256.Zero, new ManifestRecord(BlobName.Of([(byte)content]), BlobName.Of([])), 1, 1, 1);
}
