using Market.Ethereum.Rpc;

namespace Market.Chain.Transactions;

/// <summary>What an endpoint means when it refuses a transaction. Only its words tell; those of Hardhat, anvil and geth are known.</summary>
internal enum PoolAnswer
{
    Other,
    AlreadyKnown,
    NonceTooLow,
    Underpriced,
    Unfunded,
    MinedAndReverted,
}

internal static class PoolAnswers
{
    public static PoolAnswer Read(JsonRpcException refusal)
    {
        var words = refusal.Reason;
        if (Says(words, "already known") || Says(words, "already imported") || Says(words, "known transaction")) return PoolAnswer.AlreadyKnown;
        if (Says(words, "nonce too low") || Says(words, "nonce is too low")) return PoolAnswer.NonceTooLow;
        if (Says(words, "underpriced") || Says(words, "too low to replace")) return PoolAnswer.Underpriced;
        if (Says(words, "insufficient funds") || Says(words, "enough funds")) return PoolAnswer.Unfunded;

        // Hardhat answers so by default after it mined the transaction.
        return refusal.IsRevert ? PoolAnswer.MinedAndReverted : PoolAnswer.Other;
    }

    private static bool Says(string words, string phrase) => words.Contains(phrase, StringComparison.OrdinalIgnoreCase);
}
