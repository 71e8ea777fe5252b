using Market.Chain;
using Market.Chain.Generated.Token;
using Market.Client.Faults;
using Market.Domain.Money;
using Market.Ethereum.Abi;
using Market.Ethereum.Rpc;
using Market.Hashing;

namespace Market.Client.Development;

/// <summary>Hands out play money on a development chain: gas by decree, tokens by the local token's minter.</summary>
public sealed class Faucet(MarketConnection market, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>100 ether for gas, in wei.</summary>
    public static readonly UInt128 GasMoney = (UInt128)100 * 1_000_000_000_000_000_000;

    private readonly DevChainClient _chain = new(market.Client.Rpc);

    /// <summary>Gives each account gas and <paramref name="amount"/> tokens.</summary>
    /// <exception cref="MarketException">The chain is no development chain, or did not mine the gifts.</exception>
    public async Task GiveAsync(IReadOnlyCollection<Address> accounts, Amount amount, CancellationToken cancel)
    {
        var gifts = new List<Hash256>();
        foreach (var account in accounts)
        {
            await _chain.SetBalanceAsync(account, GasMoney, cancel);
            if (amount.BaseUnits > 0) gifts.Add(await _chain.SendFromFirstAccountAsync(market.Token.Address, AbiCodec.EncodeCall(new MintFunction(account, amount.BaseUnits)), cancel));
        }

        var started = time.GetTimestamp();
        foreach (var gift in gifts)
        {
            while (await market.Client.ReceiptAsync(gift, cancel) is not { Succeeded: true })
            {
                if (time.GetElapsedTime(started) > Limit) throw new MarketException("E1015", ExitCode.Internal, $"The faucet's transaction {gift} was not mined.", "market dev status");
                await Task.Delay(Pause, time, cancel);
            }
        }
    }
}
