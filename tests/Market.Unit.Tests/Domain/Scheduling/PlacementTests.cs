using CsCheck;
using Market.Domain.Scheduling;
using Market.Unit.Tests.Domain.Planning;

namespace Market.Unit.Tests.Domain.Scheduling;

public sealed class PlacementTests
{
    [Fact]
    public void DevicesThatHoldMost_AreNamed_UntilTheWorkFits()
    {
        var choice = Placement.Choose([Candidate(1, 10, 0), Candidate(2, 10, 500), Candidate(3, 10, 900), Candidate(4, 10, 100)], 15);

        Assert.Equal(["d-2", "d-3"], choice.Devices.Select(device => device.ToString()));
        Assert.Equal(ReasonCode.HoldsData, choice.Why.Code);
    }

    [Fact]
    public void HoldersWithoutRoom_LeaveTheChoiceToTheMarket()
    {
        var choice = Placement.Choose([Candidate(1, 1_000, 0), Candidate(2, 10, 500)], 11);

        Assert.Empty(choice.Devices);
        Assert.Equal(ReasonCode.HoldersTooFew, choice.Why.Code);
    }

    [Fact]
    public void NamedDevices_HoldDataAndHaveRoomTogether() =>
        Gen.Select(Gen.Select(Gen.ULong[0, 50], Gen.Long[0, 5]).Array[0, 40], Gen.UInt[1, 400]).Sample((devices, tasklets) =>
        {
            var candidates = devices.Select((device, i) => Candidate((uint)i + 1, device.Item1, device.Item2)).ToArray();

            var choice = Placement.Choose(candidates, tasklets);

            Assert.True(choice.Devices.Length <= Placement.MostNamed);
            Assert.Equal(choice.Devices.Order(), choice.Devices);
            if (choice.Devices.IsEmpty) return;
            var named = candidates.Where(c => choice.Devices.Contains(c.Bid.Device)).ToArray();
            Assert.All(named, c => Assert.True(c.Held > 0));
            Assert.True(named.Aggregate(0UL, (sum, c) => sum + c.Capacity) >= tasklets);
        });

    private static Candidate Candidate(uint device, ulong capacity, long held) => new(RandomGraph.Bid(device), capacity, held);
}
