using System.Collections.Immutable;
using System.Numerics;
using Market.Chain.Contracts;
using Market.Chain.Following;
using Market.Chain.Generated.ComputeMarket;
using Market.Chain.Generated.JobManager;
using Market.Chain.Projection;
using Market.Client.Following;
using Market.Client.Staging;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Ethereum;
using Market.Hashing;
using WorkTuple = Market.Chain.Generated.JobManager.WorkTuple;

namespace Market.Unit.Tests.Client.Staging;

/// <summary>
/// A job of two stages as the contracts tell it: <c>map</c> of four tasklets, and <c>all</c> that reads all of them. Each call
/// is a block of one second; what comes of it is folded by the production code alone.
/// </summary>
internal sealed class StagedStory
{
    private static readonly Address Owner = Address.Parse("0x00000000000000000000000000000000000000aa");
    private static readonly Address Account = Address.Parse("0x00000000000000000000000000000000000000bb");
    private static readonly Address MarketAddress = Address.Parse("0x5FbDB2315678afecb367f032d93F642f64180aa3");
    private static readonly Work Work = new(Hash256.Zero, 1, Hash256.Zero, Hash256.Zero, 1, 1);
    private static readonly Hash256 Key = Keccak256.Hash([1]);

    private readonly MarketProjection _projection = new();
    private readonly MarketLedger _ledger = new();
    private readonly Dictionary<int, Terms> _offers = [];
    private ulong _block;

    /// <summary>The job's record.</summary>
    public StagedRecord Record { get; } = new()
    {
        Schema = StagedRecord.CurrentSchema,
        Id = "j-story",
        Name = "story",
        Profile = "local",
        ChainId = 1,
        Market = MarketAddress,
        Job = Key,
        Asset = new Asset("CRD", 6),
        Budget = new Amount(5_000_000),
        CreatedAt = DateTimeOffset.UnixEpoch,
        OutputDirectory = "/out",
        Stages = ["map", "all"],
        Result = 1,
        Outputs = [],
    };

    /// <summary>Where the job stands.</summary>
    public StagedProgress Progress => new(
        Record, _projection.State.Jobs.GetValueOrDefault(Key), _projection.State, _projection.State.Head?.Time ?? default, StagedHistory.Of(Record, _ledger.Events, id => _projection.State.Offers[id].Terms));

    private UnixTime Now => new(1_000 + _block);

    /// <summary>Lets time pass.</summary>
    public StagedStory Wait(ulong seconds)
    {
        _block += seconds;
        return Tell();
    }

    public StagedStory Post() => Tell(new JobPostedEvent(
        Key, Owner, Account, new JobTuple(Owner, 1, 1_600, 2, 1_000, 5_000_000, Hash256.Zero),
        [Stage(0, new StageInputTuple(InputKindCode.Manifest, JoinCode.Framed, 0, [], HexBytes.Empty), 4), Stage(1, new StageInputTuple(InputKindCode.Group, JoinCode.Framed, 0, [0], HexBytes.Empty), 0)]));

    public StagedStory Open(byte stage, byte attempt, uint total)
    {
        var terms = TermsOf(total) with { Consumer = Account, Nonce = (ulong)((attempt * 2) + stage), Deadline = Now.Plus(60) };
        _offers[stage] = terms;
        var id = terms.Id(1, MarketAddress).Value;
        return Tell(
            new StageOpenedEvent(Key, id, stage, attempt, new InputRuleTuple(InputKindCode.Manifest, JoinCode.Framed, 0, HexBytes.Empty, [])),
            new OfferPostedEvent(id, Account, terms.ToCostWord(), terms.ToRuleWord(), Work.ToTuple(), terms.ClassKey.Packed, [], terms.Escrow(100).BaseUnits));
    }

    public StagedStory Lease(byte stage, uint device, uint first, uint count, ushort attempt = 0)
    {
        var lease = new Lease(Offer(stage), new DeviceId(device), first, count, 100, attempt);
        return Tell(new LeasedEvent(Offer(stage).Value, lease.Key().Value, device, lease.ToWord(), Now.Seconds + 31));
    }

    public StagedStory Commit(byte stage, uint first)
    {
        var lease = Newest(stage, first);
        return Tell(new CommittedEvent(lease.Key.Value, Offer(stage).Value, Keccak256.Hash([stage]), Now.Seconds + 11));
    }

    public StagedStory Settle(byte stage, uint first, ulong paid)
    {
        var lease = Newest(stage, first);
        return Tell(new SettledEvent(lease.Key.Value, Offer(stage).Value, lease.Lease.Device.Value, paid, true));
    }

    public StagedStory Expire(byte stage, uint first)
    {
        var lease = Newest(stage, first);
        return Tell(new ExpiredEvent(lease.Key.Value, Offer(stage).Value, lease.Lease.Device.Value, 7));
    }

    public StagedStory RecordResults(byte stage, bool isFinal)
    {
        var leases = _projection.State.LeasesOf(Offer(stage)).Where(lease => lease.ResultRoot is not null).ToList();
        return Tell(new StageRecordedEvent(Key, Offer(stage).Value, stage, isFinal, new ResultsTuple([.. leases.Select(l => l.Lease.ToWord())], [.. leases.Select(l => l.ResultRoot!.Value)])));
    }

    public StagedStory Close(byte stage) => Tell(new OfferClosedEvent(Offer(stage).Value, 0));

    public StagedStory Fail(byte stage) => Tell(new StageFailedEvent(Key, Offer(stage).Value, stage));

    public StagedStory End(JobStateCode state, ulong returned) => Tell(new JobEndedEvent(Key, state), new JobRefundedEvent(Key, Owner, returned));

    public StagedStory Tell(params object[] messages)
    {
        var head = new ChainPoint(++_block, Keccak256.Hash(BitConverter.GetBytes(_block)), Now);
        var update = new ChainUpdate.Advanced(head, [.. messages.Select((message, i) => new ChainEvent(message, MarketAddress, head, head.Hash, (ulong)i))]);
        _projection.Apply(update);
        _ledger.Apply(update);
        return this;
    }

    private OfferId Offer(byte stage) => _offers[stage].Id(1, MarketAddress);

    private LeaseEntry Newest(byte stage, uint first) => _projection.State.LeasesOf(Offer(stage)).Last(lease => lease.Lease.First == first);

    private static StageSpecTuple Stage(byte place, StageInputTuple input, uint total)
    {
        var terms = TermsOf(total) with { Consumer = Address.Zero };
        return new StageSpecTuple(place, false, 2, 8, 2_000_000, BigInteger.Zero, terms.ToCostWord(), terms.ToRuleWord(), new WorkTuple(Hash256.Zero, Hash256.Zero, Hash256.Zero, 0), terms.ClassKey.Packed, [], input);
    }

    private static Terms TermsOf(uint total) => new()
    {
        Consumer = Account,
        Nonce = 0,
        ClassKey = new ClassKey(RuntimeKind.Wasm, AttestationLevel.SelfDeclared),
        Total = total,
        Mfuel = 1,
        MaxTick = new Tick(700),
        LeaseSeconds = 30,
        WindowSeconds = 10,
        Deadline = new UnixTime(60),
        Verdict = Verdict.Optimistic,
        BondBps = 20_000,
        MinScore = 1,
        Work = Work.Hash(),
    };
}
