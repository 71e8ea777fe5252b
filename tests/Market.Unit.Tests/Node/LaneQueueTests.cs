using Market.Domain.Identity;
using Market.Node.Leases;

namespace Market.Unit.Tests.Node;

public class LaneQueueTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Enter_WithoutAFreeLane_WaitsForOne()
    {
        var queue = new LaneQueue(1);
        var first = await queue.EnterAsync(new UnixTime(1), Cancel);
        var second = queue.EnterAsync(new UnixTime(1), Cancel);
        Assert.False(second.IsCompleted);

        first.Dispose();

        (await second).Dispose();
    }

    [Fact]
    public async Task Enter_WhenALaneFalls_GivesItToWhatIsDueFirst()
    {
        var queue = new LaneQueue(1);
        var running = await queue.EnterAsync(new UnixTime(1), Cancel);
        var late = queue.EnterAsync(new UnixTime(300), Cancel);
        var soon = queue.EnterAsync(new UnixTime(200), Cancel);
        var soonToo = queue.EnterAsync(new UnixTime(200), Cancel);

        running.Dispose();

        var lane = await soon;
        Assert.False(late.IsCompleted || soonToo.IsCompleted);
        lane.Dispose();
        (await soonToo).Dispose();
        (await late).Dispose();
    }

    [Fact]
    public async Task Enter_ThatIsCancelled_LosesNoLane()
    {
        var queue = new LaneQueue(1);
        using var given = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var running = await queue.EnterAsync(new UnixTime(1), Cancel);
        var cancelled = queue.EnterAsync(new UnixTime(2), given.Token);
        var next = queue.EnterAsync(new UnixTime(3), Cancel);

        await given.CancelAsync();
        running.Dispose();
        running.Dispose();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        (await next).Dispose();
        (await queue.EnterAsync(new UnixTime(4), Cancel)).Dispose();
    }

    [Fact]
    public async Task ManyAtOnce_NeverHoldMoreLanesThanThereAre()
    {
        var queue = new LaneQueue(3);
        var (busy, most) = (0, 0);

        await Parallel.ForEachAsync(Enumerable.Range(0, 500), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancel }, async (i, cancel) =>
        {
            using var lane = await queue.EnterAsync(new UnixTime((ulong)(i % 7)), cancel);
            var now = Interlocked.Increment(ref busy);
            if (now > 3) Interlocked.Exchange(ref most, now);
            await Task.Yield();
            Interlocked.Decrement(ref busy);
        });

        Assert.Equal(0, most);
    }
}
