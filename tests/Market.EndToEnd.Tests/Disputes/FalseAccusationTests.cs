using System.Collections.Concurrent;
using System.Security.Cryptography;
using Market.Chain.Generated.DisputeGame;
using Market.Chain.Projection;
using Market.Client.Configuration;
using Market.Client.Development;
using Market.Client.Disputes;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.EndToEnd.Tests.Harness;
using Market.Ethereum.Signing;

namespace Market.EndToEnd.Tests.Disputes;

/// <summary>An honest node that somebody accuses plays by itself, wins, and is paid for its work and out of the bond.</summary>
public sealed class FalseAccusationTests(LocalMarketFixture local, ITestOutputHelper output) : IClassFixture<LocalMarketFixture>
{
    private const long FalseFrom = 10;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AnHonestNode_DefendsItsResultByItself_AndTheSlandererPays()
    {
        using var connection = await local.ConnectAsync();
        using var random = RandomNumberGenerator.Create();
        var slanderer = EthereumKey.Generate(random);
        var one = new Amount((await connection.Token.AssetAsync(Cancel)).One);
        await new Faucet(connection, TimeProvider.System).GiveAsync([slanderer.Address], new Amount(one.BaseUnits * 20), Cancel);
        using (var sender = connection.Sender(slanderer))
        {
            // Peers serve those who have credit in the market.
            (await connection.Token.ApproveAsync(sender, connection.Deployment.Market, one, Cancel)).Require();
            (await connection.As(sender).DepositAsync(one, Cancel)).Require();
        }

        var told = new ConcurrentQueue<string>();
        await using var desk = new DisputeDesk(
            connection, slanderer, new MarketHome(local.Folder()), options: null, news => told.Enqueue($"{news}"), TimeProvider.System,
            run => new SlanderousAccount(run.Account(), FalseFrom));
        await desk.CatchUpAsync(Cancel);
        var folder = local.Folder();
        var id = (await local.Market.RunAsync(["job", "run", await WriteJobAsync(folder), "--yes", "--json", "--detach"])).Exits(0).Json.GetProperty("id").GetString()!;

        LeaseEntry? lease = null;
        await LocalMarketFixture.UntilAsync(async () =>
        {
            await desk.CatchUpAsync(Cancel);
            return (lease = desk.State.Leases.Values.FirstOrDefault(l => l.State == LeaseState.Committed)) is not null;
        }, "a committed lease");
        var record = await desk.Check.RecordAsync(lease!, lease!.Lease.First, Cancel);
        var (accusation, hashes, missing) = await desk.Accuser.PrepareAsync(desk.State, lease, lease.Lease.First, record!, Cancel);
        Assert.True(accusation is not null, missing);
        (await desk.Judge.OpenAsync(accusation, hashes, Cancel)).Require();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromMinutes(3));
        await desk.RunAsync(state => state.Games.Values.Any(g => g.Settlement is not null), limit.Token);

        foreach (var line in told) output.WriteLine(line);
        var game = desk.State.Games.Values.Single();
        Assert.Equal(SideCode.Provider, game.End!.Winner);
        Assert.False(game.End.ByTimeout, "the node proved the step, and did not just outlast the slanderer");
        var bond = new Amount((await desk.Judge.ParametersAsync(Cancel)).Bond);
        Assert.Equal(new Amount(bond.BaseUnits * 60 / 100), game.Settlement!.Paid);
        Assert.Equal(bond.BaseUnits, game.Settlement.Paid.BaseUnits + game.Settlement.Burned.BaseUnits);
        Assert.Equal(desk.State.Devices[lease.Lease.Device].Owner, game.Settlement.Payee);
        Assert.Equal(0, (await local.Market.RunAsync(["job", "watch", id, "--timeout", "3m"])).Exit);
        await desk.CatchUpAsync(Cancel);
        Assert.Equal(LeaseState.Settled, desk.State.Leases[lease.Key].State);
        await local.AssertExactAsync();
    }

    // With so much fuel a game has seven rounds, and the last word is the provider's.
    private static async Task<string> WriteJobAsync(string folder)
    {
        TestModule.Write(folder);
        var job = Path.Combine(folder, "job.yaml");
        await File.WriteAllTextAsync(job, """
            version: 1
            name: slandered
            task: { module: task.wasm }
            inputs: { list: [one, two] }
            output: { dir: out, name: "{index}.txt" }
            limits: { memory: 16MiB, fuel: 2G, time: 30s, output: 1MiB }
            sla: { deadline: 5m, budget: 5 CRD, verification: optimistic }

            """, Cancel);
        return job;
    }
}
