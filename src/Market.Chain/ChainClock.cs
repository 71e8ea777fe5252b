using Market.Domain.Identity;
using Market.Ethereum.Rpc;

namespace Market.Chain;

/// <summary>Protocol time: that of the newest block. A transaction sent now meets the same or a later time.</summary>
public sealed class ChainClock(EthereumClient client)
{
    /// <summary>Time of the newest block.</summary>
    public async Task<UnixTime> NowAsync(CancellationToken cancel)
    {
        var head = await client.BlockAsync(BlockTag.Latest, cancel) ?? throw new RpcUnreachableException(client.Rpc.Endpoint, "the chain has no newest block");
        return new UnixTime(head.Timestamp);
    }
}
