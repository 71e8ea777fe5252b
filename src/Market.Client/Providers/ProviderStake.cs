using Market.Chain;
using Market.Chain.Transactions;
using Market.Client.Faults;
using Market.Domain.Identity;
using Market.Domain.Money;
using Market.Ethereum.Signing;
using Market.Hashing;

namespace Market.Client.Providers;

/// <summary>Where a device and its owner's money stand.</summary>
/// <param name="Device">The device; null until it is registered.</param>
/// <param name="Stake">At stake in all, bonds and winnings included.</param>
/// <param name="Locked">Bonds of open leases.</param>
/// <param name="Free">What can be withdrawn now: stake above the least and the bonds.</param>
/// <param name="Credit">The owner's credit in the market.</param>
/// <param name="Tokens">The owner's tokens outside the market.</param>
public sealed record ProviderMoney(DeviceId? Device, Amount Stake, Amount Locked, Amount Free, Amount Credit, Amount Tokens);

/// <summary>The owner's side of a device: register with stake, add to it, take winnings out. Signs with the owner key.</summary>
public sealed class ProviderStake(MarketConnection market)
{
    /// <summary>The device that <paramref name="operatorAccount"/> operates; null if there is none.</summary>
    public async Task<DeviceId?> FindAsync(Address operatorAccount, CancellationToken cancel)
    {
        var count = await market.Market.DeviceCountAsync(cancel);
        // The newest first: a key that operated an older device which was released may operate a new one.
        for (var id = count; id >= 1; id--)
        {
            var device = await market.Market.DeviceAsync(new DeviceId(id), cancel);
            if (device.Operator == operatorAccount) return new DeviceId(id);
        }

        return null;
    }

    /// <summary>How things stand for a device and its owner.</summary>
    public async Task<ProviderMoney> LookAsync(Address owner, Address operatorAccount, CancellationToken cancel)
    {
        var credit = await market.Market.CreditAsync(owner, cancel);
        var tokens = await market.Token.BalanceAsync(owner, cancel);
        if (await FindAsync(operatorAccount, cancel) is not { } id) return new ProviderMoney(null, default, default, default, credit, tokens);

        var device = await market.Market.DeviceAsync(id, cancel);
        var least = (await market.Market.ParametersAsync(cancel)).MinStake;
        var free = device.Stake > least + device.Locked ? device.Stake - least - device.Locked : 0;
        return new ProviderMoney(id, new Amount(device.Stake), new Amount(device.Locked), new Amount(free), credit, tokens);
    }

    /// <summary>Puts <paramref name="amount"/> at stake: registers the device if it is new, else adds to it.</summary>
    /// <returns>The device and the gas that all transactions used.</returns>
    /// <exception cref="TransactionException">A transaction did not take effect.</exception>
    public async Task<(DeviceId Device, ulong Gas)> StakeAsync(
        EthereumKey owner, Address operatorAccount, string endpoint, Amount amount, CancellationToken cancel)
    {
        using var sender = market.Sender(owner);
        var account = market.As(sender);
        ulong gas = 0;
        var credit = await market.Market.CreditAsync(owner.Address, cancel);
        if (credit.BaseUnits < amount.BaseUnits)
        {
            var missing = new Amount(amount.BaseUnits - credit.BaseUnits);
            var tokens = await market.Token.BalanceAsync(owner.Address, cancel);
            if (tokens.BaseUnits < missing.BaseUnits)
            {
                var asset = await market.Token.AssetAsync(cancel);
                throw new MarketException(
                    "E2103", ExitCode.Funds,
                    $"Staking {asset.Format(amount)} needs {asset.Format(missing)} more than the owner's credit, and {owner.Address} holds {asset.Format(tokens)}. Nothing was sent.",
                    $"send it the rest, or on a local market: market dev faucet {owner.Address}");
            }

            gas += (ulong)(await market.Token.ApproveAsync(sender, market.Deployment.Market, missing, cancel)).Require().GasUsed;
            gas += (ulong)(await account.DepositAsync(missing, cancel)).Require().GasUsed;
        }

        var known = await FindAsync(operatorAccount, cancel);
        var outcome = known is { } id
            ? await account.AddStakeAsync(id, amount, cancel)
            : await account.RegisterDeviceAsync(operatorAccount, amount, endpoint, Hash256.Zero, cancel);
        gas += (ulong)outcome.Require().GasUsed;
        var device = known ?? await FindAsync(operatorAccount, cancel);
        return (device ?? throw new MarketException("E1016", ExitCode.Internal, "The device was registered and is not there.", "market doctor"), gas);
    }

    /// <summary>Moves free stake into the owner's credit and, all of that, out to the owner.</summary>
    /// <param name="owner">The owner key.</param>
    /// <param name="operatorAccount">Names the device.</param>
    /// <param name="amount">Null: all that is free.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>What went out.</returns>
    public async Task<Amount> WithdrawAsync(EthereumKey owner, Address operatorAccount, Amount? amount, CancellationToken cancel)
    {
        var money = await LookAsync(owner.Address, operatorAccount, cancel);
        var wanted = amount ?? new Amount(money.Free.BaseUnits + money.Credit.BaseUnits);
        using var sender = market.Sender(owner);
        var account = market.As(sender);
        if (wanted.BaseUnits > money.Credit.BaseUnits && money.Device is { } device)
        {
            (await account.UnstakeAsync(device, new Amount(wanted.BaseUnits - money.Credit.BaseUnits), cancel)).Require();
        }

        if (wanted.BaseUnits > 0) (await account.WithdrawAsync(wanted, cancel)).Require();
        return wanted;
    }

    /// <summary>
    /// One step towards having the whole stake back. A device that works is retired: it takes no more leases and its stake
    /// stays liable while it unbonds. Once that time is over and no lease is open, the stake goes to the owner's credit.
    /// </summary>
    /// <exception cref="MarketException">E2110: it has no device. E2111: it is too early.</exception>
    public async Task<Unbonding> UnbondAsync(EthereumKey owner, Address operatorAccount, CancellationToken cancel)
    {
        var id = await FindAsync(operatorAccount, cancel) ?? throw new MarketException("E2110", ExitCode.Usage, $"{operatorAccount} operates no device.", "market provider status");
        var device = await market.Market.DeviceAsync(id, cancel);
        using var sender = market.Sender(owner);
        var account = market.As(sender);
        if (device.ReleaseAt == 0)
        {
            (await account.RetireAsync(id, cancel)).Require();
            return new Unbonding(id, new Amount(device.Stake), new UnixTime((await market.Market.DeviceAsync(id, cancel)).ReleaseAt), Released: false);
        }

        var now = await market.Clock.NowAsync(cancel);
        if (now.Seconds < device.ReleaseAt || device.Locked > 0)
        {
            var asset = await market.Token.AssetAsync(cancel);
            throw new MarketException(
                "E2111", ExitCode.Usage,
                device.Locked > 0 ? $"{asset.Format(new Amount(device.Locked))} still backs open leases of {id}." : $"{id} is retired; its stake stays liable until {new UnixTime(device.ReleaseAt)}.",
                "run the command again then");
        }

        (await account.ReleaseAsync(id, cancel)).Require();
        return new Unbonding(id, new Amount(device.Stake), new UnixTime(device.ReleaseAt), Released: true);
    }
}

/// <summary>How far a device is on its way out of the market.</summary>
/// <param name="Device">The device.</param>
/// <param name="Stake">Its stake.</param>
/// <param name="ReleaseAt">When the stake is free.</param>
/// <param name="Released">Whether it is in the owner's credit now.</param>
public sealed record Unbonding(DeviceId Device, Amount Stake, UnixTime ReleaseAt, bool Released);
