using Market.Chain.Contracts;
using Market.Chain.Following;
using Market.Chain.Generated.DisputeGame;
using Market.Chain.Tests.Fixture;
using Market.Domain.Results;

namespace Market.Chain.Tests.Disputes;

/// <summary>What a node shows when pieces are requested of it, as the judge takes it.</summary>
public sealed class RequestTests(LocalMarket local)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EveryPieceOfWhatAResultRestsOn_CanBeShown()
    {
        using var story = Story.Text();
        var table = new DisputeTable(local);
        var (consumer, provider, asker) = (await local.ActorAsync(100, 100), await local.ActorAsync(DisputeTable.Stake, DisputeTable.Stake), await local.ActorAsync(5, 0));
        var device = await provider.DeviceAsync(DisputeTable.Stake, 850);
        var what = await DisputeTable.CommitAsync(story, consumer, provider, device, story.Truth.End(Cancel));
        (await local.Market.Token.ApproveAsync(asker.Sender, table.Judge, LocalMarket.Units(5), Cancel)).Require();
        var results = new ResultList([Story.Record(story.Truth.End(Cancel))]);
        RequestTuple[] requests =
        [
            new(PieceCode.Record, 0, 0, 0), new(PieceCode.Module, 0, 0, 32), new(PieceCode.Module, 0, 48, 16), new(PieceCode.Module, 0, 56, 1), new(PieceCode.Module, 0, 4_096, 1),
            new(PieceCode.Manifest, 0, 0, 4), new(PieceCode.Frame, 0, 0, 1), new(PieceCode.Stdin, 0, 0, 32),
        ];

        foreach (var request in requests)
        {
            (await asker.Sender.SendAsync(table.Judge, new RequestFunction(what.Words, what.Lease.ToWord(), request), Cancel)).Require();
            var (record, bytes) = request.Piece switch
            {
                PieceCode.Record => (results.Content, (byte[])[]),
                PieceCode.Module => ([], story.Module),
                PieceCode.Manifest => ([], what.Manifest.Content),
                PieceCode.Frame => (what.Input, story.Frame),
                _ => (what.Input, story.Stdin),
            };
            var call = PieceShowing.Of(what.Terms, what.Work, what.Lease, request, record, [], bytes);

            var shown = (await provider.Sender.SendAsync(table.Judge, call, Cancel)).Require();

            Assert.Equal(provider.Account, shown.Of<PieceShownEvent>(table.Judge).Single().By);
        }

        var parameters = await new ContractReader(local.Market.Client, table.Judge).ReadAsync<DisputeParametersFunction, DisputeParametersTuple>(new(), Cancel);
        Assert.Equal(requests.Length * (long)parameters.RequestDeposit, (long)await table.OwedAsync(provider.Account));
    }
}
