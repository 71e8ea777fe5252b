namespace Market.Client.Development.Chaos;

/// <summary>What can be made to go wrong with a local market.</summary>
public enum ChaosMode
{
    /// <summary>kill -9 of a node, which is started again after a while, or of its workers.</summary>
    Crash,

    /// <summary>Every answer of the chain is held up.</summary>
    Slow,

    /// <summary>One node loses the chain, and no node can be called.</summary>
    Partition,

    /// <summary>The chain takes blocks back and puts others in their place.</summary>
    Reorg,

    /// <summary>The chain's endpoint takes no connections.</summary>
    RpcDown,
}
