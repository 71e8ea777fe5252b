using Market.Chain.Contracts;
using Market.Ethereum.Rpc;
using Market.Hashing;

namespace Market.Chain.Transactions;

/// <summary>What became of a transaction that was to be sent.</summary>
public abstract record SendOutcome
{
    private SendOutcome()
    {
    }

    /// <summary>It is in a block and took effect.</summary>
    public sealed record Mined(TransactionReceipt Receipt) : SendOutcome;

    /// <summary>It would revert, so it was not sent and cost nothing.</summary>
    public sealed record Refused(MarketError Error) : SendOutcome;

    /// <summary>It is in a block, reverted and cost gas; the error is found by running it again there, null if that does not show it.</summary>
    public sealed record Reverted(TransactionReceipt Receipt, MarketError? Error) : SendOutcome;

    /// <summary>The account cannot pay for its gas, in wei; it was not sent.</summary>
    public sealed record Unfunded(UInt128 Balance, UInt128 Needed) : SendOutcome;

    /// <summary>No block held it in time; it may still be mined.</summary>
    public sealed record Late(Hash256 Transaction) : SendOutcome;

    /// <summary>Another program with the same key used its nonce: it will never be mined. Look at the chain, then send anew.</summary>
    public sealed record Displaced(ulong Nonce) : SendOutcome;

    /// <summary>The receipt, if a block holds the transaction.</summary>
    public TransactionReceipt? Included => this switch
    {
        Mined mined => mined.Receipt,
        Reverted reverted => reverted.Receipt,
        _ => null,
    };

    /// <summary>One lower-case word, for labels: mined, refused, reverted, unfunded, late or displaced.</summary>
    public string Name => this switch
    {
        Mined => "mined",
        Refused => "refused",
        Reverted => "reverted",
        Unfunded => "unfunded",
        Late => "late",
        Displaced => "displaced",
        _ => throw new InvalidOperationException("the outcomes are closed"),
    };

    /// <summary>The receipt of a transaction that took effect.</summary>
    /// <exception cref="TransactionException">It did not.</exception>
    public TransactionReceipt Require() => this is Mined mined ? mined.Receipt : throw new TransactionException(this);

    /// <summary>In words.</summary>
    public string Describe() => this switch
    {
        Mined mined => $"mined in block {mined.Receipt.BlockNumber}",
        Refused refused => $"the contract refuses: {refused.Error}",
        Reverted reverted => $"reverted in block {reverted.Receipt.BlockNumber}: {reverted.Error?.ToString() ?? "out of gas, or the state has changed since"}",
        Unfunded unfunded => $"the account holds {unfunded.Balance} wei and needs {unfunded.Needed} for gas",
        Late late => $"transaction {late.Transaction} is not in a block yet",
        Displaced displaced => $"another transaction of this account took nonce {displaced.Nonce}",
        _ => throw new InvalidOperationException("the outcomes are closed"),
    };
}

/// <summary>A transaction that had to take effect did not.</summary>
public sealed class TransactionException(SendOutcome outcome) : Exception(outcome.Describe())
{
    /// <summary>What became of it.</summary>
    public SendOutcome Outcome { get; } = outcome;
}
