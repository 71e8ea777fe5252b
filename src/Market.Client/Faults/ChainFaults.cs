using Market.Chain.Contracts;
using Market.Chain.Deployments;
using Market.Chain.Generated.ComputeMarket;
using Market.Chain.Transactions;
using Market.Domain.Money;
using Market.Ethereum.Abi;
using Market.Ethereum.Rpc;

namespace Market.Client.Faults;

/// <summary>Puts what the chain answers into words and exit codes. The closed part of the catalogue: E1010 to E1014 and E2101 to E2206.</summary>
public static class ChainFaults
{
    /// <summary>Runs <paramref name="work"/> and translates what goes wrong with the chain.</summary>
    /// <exception cref="MarketException">The endpoint, the deployment or a transaction failed.</exception>
    public static async Task<T> TranslateAsync<T>(Func<Task<T>> work, Asset? asset = null)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (Of(e, asset) is { } fault)
        {
            throw new MarketException(fault, e);
        }
    }

    /// <summary>The fault that an exception of the chain's clients stands for; null if it is none of theirs.</summary>
    public static MarketFault? Of(Exception exception, Asset? asset = null) => exception switch
    {
        RpcUnreachableException e => new("E1010", ExitCode.Unreachable, $"Cannot reach the chain at {e.Endpoint}: {e.Reason}", "market doctor; check the endpoint with market profile show"),
        JsonRpcException e => new("E1011", ExitCode.Unreachable, $"The chain's endpoint refuses {e.Method}: {e.Reason}", "check the endpoint with market profile show"),
        DeploymentException { Fault: DeploymentFault.File } e => new("E1014", ExitCode.FileInvalid, Sentence(e.Message), "market dev up writes a new one; or name another with market profile add"),
        DeploymentException { Fault: DeploymentFault.OtherChain } e => new("E1012", ExitCode.Unreachable, Sentence(e.Message) + " Nothing was signed.", "mend the endpoint: market profile show"),
        DeploymentException e => new("E1013", ExitCode.Unreachable, Sentence(e.Message) + " Nothing was signed.", "market dev status; a chain that was started anew needs market dev up again"),
        ContractReadException e => new("E1013", ExitCode.Unreachable, Sentence(e.Message), "market profile show: is this the market's address?"),
        AbiException e => new("E1013", ExitCode.Unreachable, $"The endpoint's data is not the market's: {e.Message}", "market profile show: is this the market's address and endpoint?"),
        TransactionException e => Of(e.Outcome, asset),
        _ => null,
    };

    /// <summary>The fault of a transaction that did not take effect.</summary>
    public static MarketFault Of(SendOutcome outcome, Asset? asset = null) => outcome switch
    {
        SendOutcome.Refused refused => Of(refused.Error, asset, "Nothing was sent."),
        SendOutcome.Reverted { Error: { } error } reverted => Of(error, asset, $"Transaction {reverted.Receipt.TransactionHash} was mined and changed nothing but its gas."),
        SendOutcome.Reverted reverted => new("E2203", ExitCode.Internal, $"Transaction {reverted.Receipt.TransactionHash} reverted: the state had changed by then.", "run the command again"),
        SendOutcome.Unfunded unfunded => new("E2102", ExitCode.Funds, $"The account holds {Ether(unfunded.Balance)} for gas and needs {Ether(unfunded.Needed)}; nothing was sent.", "market dev faucet (local), or send it some"),
        SendOutcome.Late late => new("E2204", ExitCode.TimedOut, $"Transaction {late.Transaction} is not in a block yet; it may still be mined.", "market doctor; then look again before sending anew"),
        SendOutcome.Displaced displaced => new("E2205", ExitCode.Internal, $"Another program sent a transaction with this key (nonce {displaced.Nonce}); ours will never be mined.", "run the command again"),
        SendOutcome.Mined => throw new InvalidOperationException("a mined transaction is no fault"),
        _ => throw new InvalidOperationException("the outcomes are closed"),
    };

    /// <summary>The fault of a custom error.</summary>
    public static MarketFault Of(MarketError error, Asset? asset, string state)
    {
        string Money(System.Numerics.BigInteger units) => asset is null ? $"{units} base units" : asset.Format(new Amount((UInt128)units));
        return error.Typed switch
        {
            AccountInsufficientError e => new("E2101", ExitCode.Funds, $"This needs {Money(e.Needed)} of credit, and the account has {Money(e.Balance)}. {state}", $"market account deposit {Missing(e, asset)}"),
            OfferNonceError e => new("E2206", ExitCode.Internal, $"Another offer of this account took nonce {e.Nonce} meanwhile. {state}", "run the command again"),
            OfferNoMatchError => new("E2104", ExitCode.NoProvider, $"No device matches the offer now. {state}", "market book show"),
            OfferDeadlineError => new("E2207", ExitCode.Declined, $"The offer's deadline has passed. {state}", "raise sla.deadline and run the job again"),
            OfferTaskletValueError e => new("E2208", ExitCode.FileInvalid, $"One tasklet would be worth more than this market allows ({error}). {state}", "lower limits.fuel or sla.budget"),
            DeviceStakeTooLowError e => new("E2203", ExitCode.Funds, $"The stake of {Money(e.Stake)} is below the least, {Money(e.MinStake)}. {state}", $"stake at least {Money(e.MinStake)}"),
            _ => new("E2203", ExitCode.Internal, $"The market refuses: {error}. {state}", "market doctor"),
        };
    }

    private static string Missing(AccountInsufficientError e, Asset? asset)
    {
        var missing = new Amount((UInt128)System.Numerics.BigInteger.Max(0, e.Needed - e.Balance));
        return asset is null ? missing.ToString() : asset.FormatNumber(missing);
    }

    private static string Ether(UInt128 wei) => new Asset("ETH", 18).Format(new Amount(wei));

    private static string Sentence(string text) => text.Length == 0 ? "" : char.ToUpperInvariant(text[0]) + text[1..].TrimEnd('.') + ".";
}
