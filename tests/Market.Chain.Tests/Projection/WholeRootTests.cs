using Market.Chain.Following;
using Market.Chain.Generated.JobManager;
using Market.Chain.Jobs;
using Market.Chain.Projection;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Offers;
using Market.Ethereum;
using Market.Hashing;

namespace Market.Chain.Tests.Projection;

/// <summary>Whoever records a stage shows roots of which the market compares 200 bits; what is read is what was committed.</summary>
public sealed class WholeRootTests
{
    [Fact]
    public void ARootWhoseLastBitsAreMadeUp_IsReadAsTheCommittedOne()
    {
        var committed = Keccak256.Hash("a result list"u8);
        var bytes = committed.ToArray();
        for (var i = 25; i < Hash256.Size; i++) bytes[i] ^= 0xff;
        var lease = new Lease(new OfferId(Hash256.Zero), new DeviceId(1), 0, 4, 1, 0);
        var block = new ChainPoint(1, Hash256.Zero, new UnixTime(1));
        var state = MarketState.Empty with
        {
            Leases = MarketState.Empty.Leases.Add(lease.Key(), new LeaseEntry(lease.Key(), lease, LeaseState.Settled, new UnixTime(1), block, block) { ResultRoot = committed }),
        };
        var unknown = Keccak256.Hash("another"u8);
        var rule = new InputRuleTuple(InputKindCode.Each, JoinCode.Framed, 0, HexBytes.Wrap([]), [new SourceTuple([4, 1], [new Hash256(bytes), unknown])]);

        var whole = rule.Whole(state);

        Assert.Equal<IEnumerable<Hash256>>([committed, unknown], whole.Sources.Single().Roots);
        Assert.NotEqual(rule.Hash(), whole.Hash());
    }
}
