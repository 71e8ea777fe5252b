using System.Numerics;
using Market.Chain.Contracts;
using Market.Chain.Generated.DisputeGame;
using Market.Chain.Generated.InputOpener;
using Market.Chain.Jobs;
using Market.Chain.Tests.Fixture;
using Market.Domain.Jobs;
using Market.Ethereum;
using Open = Market.Chain.Generated.InputOpener.OpenFunction;

namespace Market.Chain.Tests.Disputes;

/// <summary>Inputs that weigh too much to be judged: device, challenger and contract say so of the same ones.</summary>
public sealed class HeavyInputTests(LocalMarket local)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> EveryHeavyReading => [.. Reading.HeavyKinds];

    [Theory]
    [MemberData(nameof(EveryHeavyReading))]
    public async Task AnInputThatNoTransactionCanShow_IsShownToBeThat(string kind)
    {
        var reading = await Reading.OfAsync(kind, Cancel);
        var judge = new ContractReader(local.Market.Client, local.Market.Deployment.Dispute!.Value);
        var opener = new ContractReader(local.Market.Client, await judge.ReadAsync<InputOpenerFunction, Hashing.Address>(new(), Cancel));

        var names = await opener.ReadAsync<Open, InputNamesTuple>(new(reading.Rule.Hash(), (byte)reading.Rule.Kind, 0, HexBytes.Wrap(reading.Input.Opening)), Cancel);

        Assert.True(names.Unjudged);
        Assert.Equal(EvidenceWeight.Most, await opener.ReadAsync<MostEvidenceFunction, BigInteger>(new(), Cancel));
    }
}
