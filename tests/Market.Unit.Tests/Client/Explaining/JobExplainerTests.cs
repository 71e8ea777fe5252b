using System.Collections.Immutable;
using Market.Client.Explaining;
using Market.Client.Following;
using Market.Client.Jobs;
using Market.Client.Quoting;
using Market.Domain.Books;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Domain.Progress;
using Market.Hashing;

namespace Market.Unit.Tests.Client.Explaining;

public sealed class JobExplainerTests
{
    private const uint Grace = 5;
    private static readonly Address MarketAddress = Address.Parse("0x5FbDB2315678afecb367f032d93F642f64180aa3");
    private static readonly Work Work = new(Hash256.Zero, 1, Hash256.Zero, Hash256.Zero, 1, 1);
    private static readonly Terms Terms = new()
    {
        Consumer = Address.Zero,
        Nonce = 1,
        ClassKey = new ClassKey(RuntimeKind.Wasm, AttestationLevel.SelfDeclared),
        Total = 10,
        Mfuel = 1,
        MaxTick = new Tick(700),
        LeaseSeconds = 30,
        WindowSeconds = 10,
        Deadline = new UnixTime(2_000),
        Verdict = Verdict.Optimistic,
        BondBps = 20_000,
        MinScore = 1,
        Work = Work.Hash(),
    };

    private static readonly Lease Lease = new(Terms.Id(1, MarketAddress), new DeviceId(4), 0, 10, 100, 0);

    [Fact]
    public void Explain_OfAJobThatNobodyTakes_SaysWhatExcludesWhom()
    {
        var outlook = new MatchOutlook(0, new Dictionary<Exclusion, int> { [Exclusion.TooLittleMemory] = 9, [Exclusion.TooExpensive] = 2 }.ToImmutableSortedDictionary());

        var explained = Explain(100, outlook, Posted());

        Assert.Equal("Waiting: no device has taken any of its tasklets.", explained.State);
        Assert.Equal("No bid fits now: memory excludes 9, price excludes 2.", Assert.Single(explained.Because));
        Assert.Contains("cancel", Assert.Single(explained.Advice), StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_OfARunningLease_SaysWhenItIsLate()
    {
        var explained = Explain(100, null, Posted(), Leased(due: 130));

        Assert.Equal("Running: devices compute 10 of 10 tasklets.", explained.State);
        Assert.Contains("within 30 s, else anyone may lease it again 5 s later", Assert.Single(explained.Next), StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_OfALateLease_SaysFromWhenAnyoneMayTakeItAway() =>
        Assert.Contains(" is late with tasklets 0-9", Assert.Single(Explain(131, null, Posted(), Leased(due: 130)).Next), StringComparison.Ordinal);

    [Fact]
    public void Explain_OfASummonedDevice_SaysUntilWhenItHasToAppear_AndThenWhetherItDid()
    {
        OfferFact[] summoned = [Posted(), Leased(due: 130), new LeaseWasSummoned(new UnixTime(100), default, Lease.Key(), new UnixTime(110))];
        OfferFact[] lost = [.. summoned, new LeaseFell(new UnixTime(112), default, Lease.Key(), LeaseStep.Expire, new Amount(5), 0)];

        Assert.Contains("d-4, of which nothing was heard, must appear by", Assert.Single(Explain(105, null, summoned).Next), StringComparison.Ordinal);
        Assert.Contains("must commit tasklets 0-9 within 25 s", Assert.Single(Explain(105, null, [.. summoned, new LeaseAppeared(new UnixTime(104), default, Lease.Key())]).Next), StringComparison.Ordinal);
        Assert.Equal("d-4 fell silent and did not appear (last: tasklets 0-9).", Assert.Single(Explain(113, new MatchOutlook(10, ImmutableSortedDictionary<Exclusion, int>.Empty), lost).Because));
    }

    [Fact]
    public void Explain_AfterAnExpiry_NamesTheDevice()
    {
        var explained = Explain(140, new MatchOutlook(10, ImmutableSortedDictionary<Exclusion, int>.Empty), Posted(), Leased(due: 130), new LeaseFell(new UnixTime(136), default, Lease.Key(), LeaseStep.Expire, new Amount(5), 0));

        Assert.Equal("d-4 did not deliver in time (last: tasklets 0-9).", Assert.Single(explained.Because));
        Assert.Contains("The next call of match leases 10 tasklets", explained.Next[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_OfACommittedLease_SaysWhenItIsFinal()
    {
        var explained = Explain(120, null, Posted(), Leased(due: 130), new LeaseWasCommitted(new UnixTime(115), default, Lease.Key(), Keccak256.Hash("r"u8), new UnixTime(125)));

        Assert.Equal("Checking: 10 of 10 results are committed and can still be challenged.", explained.State);
        Assert.Equal("tasklets 0-9 of d-4 become final in 5 s unless challenged.", Assert.Single(explained.Next));
    }

    [Fact]
    public void Explain_OfAnOfferThatWasNeverMined_SaysSo() => Assert.StartsWith("The offer is not on the chain", Explain(100, null).State, StringComparison.Ordinal);

    [Fact]
    public void Explain_AfterTheDeadline_SaysSoAndHowToBuyWhatIsMissing()
    {
        var explained = Explain(2_001, null, Posted());

        Assert.Contains(explained.Because, reason => reason.StartsWith("The deadline ", StringComparison.Ordinal));
        Assert.Contains("market job retry j-1 buys what is missing, and only that", explained.Advice);
    }

    [Fact]
    public void Explain_OfARangeThatWasBoughtTwice_SaysAsWhatAndHowTheCopyStands()
    {
        var copy = Progress("j-2", 100, Posted(), Leased(due: 130));
        var (first, second) = (Progress("j-1", 100, Posted(), Leased(due: 130)), copy with { Job = copy.Job with { Retry = new JobRetry("j-1", [.. Enumerable.Range(0, 10).Select(i => (uint)i)]), IsCopy = true } });

        var explained = JobExplainer.Explain(first with { Copies = [second] }, null, Grace);

        Assert.Equal("tasklets 0-9 were slow and bought a second time as j-2, for at most 0.001 CRD: d-4 runs it.", Assert.Single(explained.Because));
    }

    private static OfferWasPosted Posted() => new(new UnixTime(90), default, new Amount(1_000));

    private static LeaseWasMade Leased(ulong due) => new(new UnixTime(95), default, Lease, new UnixTime(due));

    private static Explanation Explain(ulong now, MatchOutlook? outlook, params OfferFact[] facts) => JobExplainer.Explain(Progress("j-1", now, facts), outlook, Grace);

    private static JobProgress Progress(string id, ulong now, params OfferFact[] facts)
    {
        var job = new JobRecord
        {
            Schema = JobRecord.CurrentSchema,
            Id = id,
            Name = "test",
            Profile = "local",
            ChainId = 1,
            Market = MarketAddress,
            Terms = Terms,
            Work = Work,
            CreatedAt = DateTimeOffset.UnixEpoch,
            DueBy = Terms.Deadline,
            Asset = new Asset("CRD", 6),
            Escrow = new Amount(1_000),
            Expected = new Amount(900),
            OutputDirectory = "out",
            Outputs = [],
        };
        return new JobProgress(job, OfferView.Of(Terms, facts), new UnixTime(now), []);
    }
}
