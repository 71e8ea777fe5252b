using System.Collections.Immutable;
using Market.Client.Collecting;
using Market.Domain.Identity;
using Market.Domain.Results;

namespace Market.Unit.Tests.Client.Collecting;

/// <summary>A job together with second copies of ranges of it.</summary>
public sealed class CollectedJobTests
{
    [Fact]
    public void ACopysOutputs_StandForTaskletsThatHaveNone()
    {
        var job = Job([File(0, 1)], unfinished: 2);
        var copy = Job([File(0, 2), File(1, 2)]);

        var both = job.With([1, 2], copy);

        Assert.True(both.IsComplete);
        Assert.Equal([(0U, 1U), (1U, 2U), (2U, 2U)], both.Files.Select(file => (file.Tasklet, file.Device.Value)));
    }

    [Fact]
    public void WhatTheFirstOfferBrought_Stands()
    {
        var both = Job([File(0, 1), File(1, 1)], unfinished: 1).With([1, 2], Job([File(0, 2), File(1, 2)]));

        Assert.Equal([(0U, 1U), (1U, 1U), (2U, 2U)], both.Files.Select(file => (file.Tasklet, file.Device.Value)));
        Assert.Equal(0U, both.Unfinished);
    }

    [Fact]
    public void WhatTheFirstOfferHasAndNobodyServes_IsTakenFromTheCopy()
    {
        var both = (Job([File(0, 1)]) with { Unavailable = [1] }).With([1], Job([File(0, 2)]));

        Assert.True(both.IsComplete);
        Assert.Equal(2, both.Files.Length);
    }

    [Fact]
    public void AFailureOfACopy_IsAFailure()
    {
        var copy = Job([]) with { Failures = [new FailedTasklet(0, "b", TaskletStatus.Trapped, 0, 5, false)] };

        var both = Job([File(0, 1)], unfinished: 1).With([1], copy);

        Assert.Equal(1U, Assert.Single(both.Failures).Tasklet);
        Assert.False(both.IsComplete);
        Assert.Equal(0U, both.Unfinished);
    }

    private static CollectedFile File(uint tasklet, uint device) => new(tasklet, $"{tasklet}.txt", 1, 1, new DeviceId(device));

    private static CollectedJob Job(ImmutableArray<CollectedFile> files, uint unfinished = 0) => new("/out", files, [], [], unfinished, 0, [], null, null);
}
