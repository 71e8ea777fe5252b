using System.Globalization;
using System.Text.Json;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Hashing;

namespace Market.Unit.Tests.Domain;

public sealed class KeyVectorTests
{
    private static readonly JsonElement Vectors = VectorFile.Read("market-keys.json");

    [Fact]
    public void OfferIds_AgreeWithTheVectors() => Assert.All(Vectors.GetProperty("offers").EnumerateArray(), vector =>
    {
        var w = vector.GetProperty("work");
        var work = new Work(Hash256.Parse(w.Text("module")), w.UInt("moduleLength"), Hash256.Parse(w.Text("program")), Hash256.Parse(w.Text("manifest")), w.UInt("memoryPages"), w.UInt("outputLimit")) { Inputs = (InputKind)w.UInt("inputKind") };
        var t = vector.GetProperty("terms");
        var terms = new Terms
        {
            Consumer = Address.Parse(t.Text("consumer")),
            Nonce = ulong.Parse(t.Text("nonce"), CultureInfo.InvariantCulture),
            ClassKey = new ClassKey(t.UInt("classKey")),
            Total = t.UInt("total"),
            Mfuel = t.UInt("mfuel"),
            MaxTick = new Tick((int)t.UInt("maxTick")),
            LeaseSeconds = t.UInt("leaseSeconds"),
            WindowSeconds = t.UInt("windowSeconds"),
            Deadline = new UnixTime(ulong.Parse(t.Text("deadline"), CultureInfo.InvariantCulture)),
            Verdict = (Verdict)t.UInt("verdict"),
            BondBps = (ushort)t.UInt("bondBps"),
            MinScore = (ushort)t.UInt("minScore"),
            MinMemoryMiB = (ushort)t.UInt("minMemoryMiB"),
            MaxLeases = (ushort)t.UInt("maxLeases"),
            Tip = t.UInt("tip"),
            Work = work.Hash(),
            Devices = [.. t.GetProperty("devices").EnumerateArray().Select(d => new DeviceId(d.GetUInt32()))],
        };

        Assert.Equal(vector.Text("workHash"), work.Hash().ToString());
        Assert.Equal(
            vector.Text("offerId"),
            terms.Id(ulong.Parse(vector.Text("chainId"), CultureInfo.InvariantCulture), Address.Parse(vector.Text("market"))).ToString());
    });

    [Fact]
    public void LeaseKeys_AgreeWithTheVectors() => Assert.All(Vectors.GetProperty("leases").EnumerateArray(), vector =>
    {
        var lease = new Lease(
            new OfferId(Hash256.Parse(vector.Text("offer"))), new DeviceId(vector.UInt("device")), vector.UInt("first"), vector.UInt("count"),
            ulong.Parse(vector.Text("unitPrice"), CultureInfo.InvariantCulture), (ushort)vector.UInt("attempt"));

        Assert.Equal(vector.Text("leaseKey"), lease.Key().ToString());
    });

    [Fact]
    public void Prices_AgreeWithTheVectors() => Assert.All(Vectors.GetProperty("ticks").EnumerateArray(), vector =>
        Assert.Equal(vector.Text("price"), new Tick((int)vector.UInt("tick")).Price.ToString()));

    [Fact]
    public void Costs_AgreeWithTheVectors() => Assert.All(Vectors.GetProperty("costs").EnumerateArray(), vector =>
    {
        var price = new Tick((int)vector.UInt("tick")).Price;

        Assert.Equal(vector.Text("up"), price.CostUp(vector.UInt("mfuel"), vector.UInt("count")).ToString());
        Assert.Equal(vector.Text("down"), price.CostDown(vector.UInt("mfuel"), vector.UInt("count")).ToString());
    });
}
