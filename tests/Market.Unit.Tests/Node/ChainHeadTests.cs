using Market.Chain.Following;
using Market.Domain.Identity;
using Market.Hashing;
using Market.Node.Chain;

namespace Market.Unit.Tests.Node;

public sealed class ChainHeadTests
{
    private readonly ChainHead _head = new();

    [Fact]
    public void Set_TheSameBlock_WakesNobody()
    {
        _head.Set(Point(7, 1, time: 100));
        var changed = _head.NextChange;

        _head.Set(Point(7, 1, time: 100));

        Assert.False(changed.IsCompleted);
    }

    [Fact]
    public void Set_AnotherBlockOfTheSameHeight_WakesAndTakesTimeBack()
    {
        _head.Set(Point(7, 1, time: 100));
        var changed = _head.NextChange;

        _head.Set(Point(7, 2, time: 90));

        Assert.True(changed.IsCompleted);
        Assert.Equal(new Head(7, new UnixTime(90)), _head.Current);
    }

    [Fact]
    public void Set_ALowerBlock_WakesAndGoesBack()
    {
        _head.Set(Point(7, 1, time: 100));
        var changed = _head.NextChange;

        _head.Set(Point(4, 3, time: 80));

        Assert.True(changed.IsCompleted);
        Assert.Equal(new Head(4, new UnixTime(80)), _head.Current);
    }

    private static ChainPoint Point(ulong number, byte hash, ulong time) => new(number, Keccak256.Hash([hash]), new UnixTime(time));
}
