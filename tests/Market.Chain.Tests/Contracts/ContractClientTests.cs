using Market.Chain.Contracts;
using Market.Chain.Generated.CapabilityRegistry;
using Market.Chain.Tests.Fixture;
using Market.Domain.Identity;
using Market.Domain.Money;
using Market.Hashing;

namespace Market.Chain.Tests.Contracts;

public class ContractClientTests(LocalMarket local)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TheAsset_TellsItsSymbolAndDecimals() =>
        Assert.Equal(new Asset("CRD", 6), await local.Market.Token.AssetAsync(Cancel));

    [Fact]
    public async Task DepositAndWithdraw_MoveTokens()
    {
        var alice = await local.ActorAsync(tokens: 50, credit: 30);
        Assert.Equal(LocalMarket.Units(30), await local.Market.Market.CreditAsync(alice.Account, Cancel));

        (await alice.Market.WithdrawAsync(LocalMarket.Units(10), Cancel)).Require();

        Assert.Equal(LocalMarket.Units(20), await local.Market.Market.CreditAsync(alice.Account, Cancel));
        Assert.Equal(LocalMarket.Units(30), await local.Market.Token.BalanceAsync(alice.Account, Cancel));
    }

    [Fact]
    public async Task ADevice_StandsInTheBookAtItsTick()
    {
        var alice = await local.ActorAsync(200, 200);

        var device = await alice.DeviceAsync(150, tick: 777);

        var read = await local.Market.Market.DeviceAsync(device, Cancel);
        Assert.Equal((alice.Account, 150_000_000UL, (ushort)1_000), (read.Owner, read.Stake, read.Capability.ScorePerLane));
        Assert.Contains(new Tick(777), await local.Market.Market.BookTicksAsync(Actor.Book, Cancel));
        var bid = Assert.Single(await StandingBids.ReadAsync(local.Market.Market, Actor.Book, Cancel), b => b.Device == device);
        Assert.Equal((new Tick(777), LocalMarket.Units(50), (ushort)4), (bid.Tick, bid.FreeStake, bid.FreeLanes));
    }

    [Fact]
    public async Task TheContractsNames_AreTheDomains()
    {
        var alice = await local.ActorAsync(0, 0);
        var (terms, work) = await alice.OfferAsync(64, 900, devices: [new DeviceId(3), new DeviceId(7)]);
        var lease = new Domain.Leases.Lease(terms.Id(local.Market.Deployment.ChainId, local.Market.Deployment.Market), new DeviceId(3), 16, 48, ulong.MaxValue, 2);

        Assert.Equal(await local.Market.Market.OfferIdOfAsync(terms, Cancel), lease.Offer);
        Assert.Equal(await local.Market.Market.LeaseKeyOfAsync(lease, Cancel), lease.Key());
        Assert.Equal(await local.Market.Market.EscrowOfAsync(terms, Cancel), terms.Escrow((await local.Market.Market.ParametersAsync(Cancel)).FeeBps));
        Assert.Equal(terms, Domain.Offers.Terms.FromWords(terms.ToCostWord(), terms.ToRuleWord(), terms.ClassKey, work.Hash(), terms.Devices));
        Assert.Equal(work, work.ToTuple().ToDomain());
        Assert.Equal(lease, Domain.Leases.Lease.FromWord(lease.Offer, lease.ToWord()));
    }

    [Fact]
    public async Task AStatementsDigest_IsTheContracts()
    {
        var statement = new StatementTuple(7, Actor.Book.Packed, 1_840, 512, 6, Keccak256.Hash("seed"u8), 1_800_000_000, 1_800_086_400);

        Assert.Equal(await local.Market.Registry.DigestOfAsync(statement, Cancel), local.Market.Registry.Digest(statement));
    }

    [Fact]
    public async Task AttestedByEnoughStakedDevices_ADeviceRises()
    {
        var subject = await local.ActorAsync(200, 200);
        var device = await subject.DeviceAsync(150, 800);
        var attesters = new List<(Actor Actor, DeviceId Device)>();
        for (var i = await local.Market.Registry.ThresholdAsync(Cancel); i > 0; i--)
        {
            var attester = await local.ActorAsync(200, 200);
            attesters.Add((attester, await attester.DeviceAsync(150, 900)));
        }

        var now = await local.Market.Clock.NowAsync(Cancel);
        var book = new ClassKey(RuntimeKind.Wasm, AttestationLevel.Benchmarked);
        var statement = new StatementTuple(device.Value, book.Packed, 1_500, 1_024, 4, Keccak256.Hash("seed"u8), now.Seconds, now.Plus(86_400).Seconds);
        var signatures = attesters.Select(a => local.Market.Registry.Sign(a.Actor.Sender.Key, a.Device, statement)).Reverse();

        (await local.Market.Registry.AttestAsync(subject.Sender, statement, signatures, Cancel)).Require();

        Assert.Equal(book.Packed, (await local.Market.Market.DeviceAsync(device, Cancel)).Capability.ClassKey);
        Assert.Equal(now, await local.Market.Registry.IssuedAtAsync(device, Cancel));
    }

    [Fact]
    public async Task AQuote_NamesWhoWouldBeLeasedAndWhoNot()
    {
        var provider = await local.ActorAsync(400, 400);
        var cheap = await provider.DeviceAsync(150, 600);
        var dear = await provider.DeviceAsync(150, 1_000);
        var consumer = await local.ActorAsync(50, 50);
        var (terms, _) = await consumer.OfferAsync(8, 700, devices: [cheap, dear]);

        var quote = await local.Market.Market.QuoteAsync(terms, Cancel);

        Assert.Equal((8u, cheap.Value), (quote.Tasklets, quote.Fills.Single().Device));
        Assert.Equal(1u, quote.Excluded[(int)Domain.Books.Exclusion.TooExpensive]);
    }

    [Fact]
    public async Task AReadOfAnotherContract_SaysSo()
    {
        var wrong = new ComputeMarketClient(local.Market.Client, local.Market.Deployment.Token);

        var fault = await Assert.ThrowsAsync<ContractReadException>(() => wrong.ParametersAsync(Cancel));

        Assert.NotNull(fault.Error);
    }

    [Fact]
    public async Task AllMoney_IsAccountedFor()
    {
        var provider = await local.ActorAsync(200, 200);
        var device = await provider.DeviceAsync(150, 500);
        var consumer = await local.ActorAsync(50, 40);
        var before = await local.Market.Market.TotalsAsync([provider.Account, consumer.Account], [], Cancel);
        var (terms, work) = await consumer.OfferAsync(8, 700, devices: [device]);

        var lease = Assert.Single(await consumer.PostAndMatchAsync(terms, work));

        var after = await local.Market.Market.TotalsAsync([provider.Account, consumer.Account], [(terms, lease)], Cancel);
        Assert.Equal(before.Credits + before.Stakes, after.Credits + after.Stakes + after.Escrows);
        Assert.Equal(before.Held, after.Held);
        Assert.NotEqual(0, after.Escrows);
    }
}
