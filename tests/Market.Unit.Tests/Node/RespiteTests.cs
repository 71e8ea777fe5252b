using Market.Node.Bidding;
using Market.Unit.Tests.Blobs;

namespace Market.Unit.Tests.Node;

public sealed class RespiteTests
{
    private readonly ManualTime _time = new(DateTimeOffset.UnixEpoch.AddDays(20_000));

    [Fact]
    public void ARespite_IsOver_AfterItsLength_AndTenMinutesAtMost()
    {
        var respite = new Respite(_time);
        Assert.False(respite.IsOn);

        respite.Begin(TimeSpan.FromSeconds(30));
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.True(respite.IsOn);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(respite.IsOn);

        respite.Begin(TimeSpan.FromDays(1));
        Assert.Equal(TimeSpan.FromMinutes(10), respite.Left);
    }
}
