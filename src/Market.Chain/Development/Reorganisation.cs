using System.Collections.Immutable;
using Market.Ethereum.Rpc;
using Market.Ethereum.Transactions;

namespace Market.Chain.Development;

/// <summary>
/// A reorganisation of a development chain: everything since a moment falls out, and a longer branch takes its place. Block
/// time goes back with the blocks, and every client sees it, as on a chain with several producers.
/// </summary>
public sealed class Reorganisation
{
    private readonly EthereumClient _client;
    private readonly DevChainClient _chain;
    private readonly string _snapshot;

    private Reorganisation(EthereumClient client, DevChainClient chain, string snapshot, ulong fork) =>
        (_client, _chain, _snapshot, Fork) = (client, chain, snapshot, fork);

    /// <summary>Height of the last block that stays.</summary>
    public ulong Fork { get; }

    /// <summary>Marks the moment to go back to.</summary>
    /// <exception cref="RpcUnreachableException">The chain does not answer.</exception>
    public static async Task<Reorganisation> BeginAsync(EthereumClient client, CancellationToken cancel)
    {
        var chain = new DevChainClient(client.Rpc);

        // A block that comes between the two counts as staying, so that a fork is never told too low.
        var snapshot = await chain.SnapshotAsync(cancel);
        return new Reorganisation(client, chain, snapshot, await client.BlockNumberAsync(cancel));
    }

    /// <summary>Takes the blocks since then back, at least <paramref name="depth"/>; used up afterwards.</summary>
    /// <param name="depth">Empty blocks come on top until so many can fall.</param>
    /// <param name="keep">Whether the transactions that fall out wait again in the pool, as on most chains; else they are lost.</param>
    /// <param name="cancel">Stops between two calls.</param>
    /// <exception cref="RpcUnreachableException">The chain does not answer, or knows the moment no more.</exception>
    public async Task<FallenBlocks> TakeBackAsync(uint depth, bool keep, CancellationToken cancel)
    {
        while (await _client.BlockNumberAsync(cancel) < Fork + depth) await _chain.MineAsync(cancel);
        var top = await _client.BlockNumberAsync(cancel);
        var fallen = ImmutableArray.CreateBuilder<SignedTransaction>();
        for (var block = Fork + 1; block <= top; block++) fallen.AddRange(await _chain.TransactionsAsync(block, cancel));

        if (!await _chain.RevertAsync(_snapshot, cancel)) throw new RpcUnreachableException(_client.Rpc.Endpoint, $"snapshot {_snapshot} is gone");
        for (var height = Fork; height <= top; height++) await _chain.MineAsync(cancel);
        if (keep) foreach (var transaction in fallen) await HandInAsync(transaction, cancel);
        return new FallenBlocks(Fork, top, fallen.Count);
    }

    private async Task HandInAsync(SignedTransaction transaction, CancellationToken cancel)
    {
        try
        {
            await _client.SendAsync(transaction, cancel);
        }
        catch (JsonRpcException)
        {
            // Its sender was faster, or used the nonce for something else: then this one is void.
        }
    }
}

/// <summary>What a reorganisation took.</summary>
/// <param name="Fork">Height of the last block that stayed.</param>
/// <param name="Top">Height of the highest that fell.</param>
/// <param name="Transactions">How many transactions fell with them.</param>
public readonly record struct FallenBlocks(ulong Fork, ulong Top, int Transactions)
{
    /// <summary>Blocks that fell.</summary>
    public ulong Depth => Top - Fork;
}
