using Market.Chain.Contracts;
using Market.Chain.Following;
using Market.Chain.Generated.CapabilityRegistry;
using Market.Chain.Generated.ComputeMarket;
using Market.Chain.Transactions;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Hashing;

namespace Market.Chain.Tests.Fixture;

/// <summary>An account that acts in tests; owner and operator of its devices at once.</summary>
public sealed class Actor(MarketConnection connection, TransactionSender sender)
{
    public static readonly ClassKey Book = new(RuntimeKind.Wasm, AttestationLevel.SelfDeclared);

    public TransactionSender Sender => sender;

    public ComputeMarketAccount Market { get; } = connection.As(sender);

    public Address Account => sender.Account;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Registers a device with stake, declares it and lists it at <paramref name="tick"/>.</summary>
    public async Task<DeviceId> DeviceAsync(uint stake, int tick, ushort lanes = 4)
    {
        var receipt = (await Market.RegisterDeviceAsync(Account, LocalMarket.Units(stake), "https://127.0.0.1:7443", Keccak256.Hash(Account.ToArray()), Cancel)).Require();
        var device = new DeviceId(receipt.Of<DeviceRegisteredEvent>(connection.Deployment.Market).Single().Device);
        var until = (await connection.Clock.NowAsync(Cancel)).Plus(24 * 3600);
        (await connection.Registry.DeclareAsync(sender, new DeclareFunction(device.Value, Book.Packed, 1_000, 512, lanes, until.Seconds), Cancel)).Require();
        (await Market.PlaceBidAsync(device, Book, new Tick(tick), lanes, until, 0b110, Cancel)).Require();
        return device;
    }

    /// <summary>Terms of an offer of this account over <paramref name="total"/> tasklets of 100 Mfuel.</summary>
    public async Task<(Terms Terms, Work Work)> OfferAsync(uint total, int maxTick, Verdict verdict = Verdict.Optimistic, params DeviceId[] devices)
    {
        var work = new Work(Keccak256.Hash("module"u8), 1234, Keccak256.Hash("program"u8), Keccak256.Hash("manifest"u8), 16, 4096);
        var terms = new Terms
        {
            Consumer = Account,
            Nonce = await connection.Market.OfferNonceAsync(Account, Cancel),
            ClassKey = Book,
            Total = total,
            Mfuel = 100,
            MaxTick = new Tick(maxTick),
            LeaseSeconds = 60,
            WindowSeconds = verdict == Verdict.Optimistic ? 30u : 0,
            Deadline = (await connection.Clock.NowAsync(Cancel)).Plus(600),
            Verdict = verdict,
            BondBps = 5_000,
            MinScore = 1,
            Work = work.Hash(),
            Devices = [.. devices.Order()],
        };
        return (terms, work);
    }

    /// <summary>Posts and matches, and gives the leases that were made.</summary>
    public async Task<IReadOnlyList<Lease>> PostAndMatchAsync(Terms terms, Work work)
    {
        var receipt = (await Market.PostAndMatchAsync(terms, work, Cancel)).Require();
        return [.. receipt.Of<LeasedEvent>(connection.Deployment.Market).Select(l => l.ToDomain())];
    }
}
