using Market.Ethereum.Rpc;
using Market.Node.Hosting;

namespace Market.Node.Chain;

/// <summary>Watches what the operator holds for gas: without it nothing can be committed, and an honest device loses its bonds.</summary>
internal sealed partial class OperatorFunds(MarketAccess market, ChainHead head, TimeProvider time, ILogger<OperatorFunds> logger)
    : ReconcilingService(head, time, logger)
{
    // About ten commitments and settlements, at twice the base fee.
    private const ulong ReserveGas = 1_000_000;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private readonly TimeProvider _time = time;
    private readonly Lock _lock = new();
    private long _lookedAt;
    private UInt128 _wei;
    private bool _low;

    /// <summary>What it holds, in wei.</summary>
    public UInt128 Wei
    {
        get
        {
            lock (_lock) return _wei;
        }
    }

    /// <summary>Whether that is too little for the leases that may come.</summary>
    public bool IsLow
    {
        get
        {
            lock (_lock) return _low;
        }
    }

    /// <inheritdoc/>
    protected override async Task ReconcileAsync(Head now, CancellationToken cancel)
    {
        if (_lookedAt != 0 && _time.GetElapsedTime(_lookedAt) < Interval) return;
        var wei = await market.Connection.Client.BalanceAsync(market.Account.Account, cancel);
        var block = await market.Connection.Client.BlockAsync(BlockTag.Latest, cancel);
        var needed = 2 * ReserveGas * (block?.BaseFeePerGas ?? 0);
        var (was, low) = (IsLow, wei < needed);
        lock (_lock) (_wei, _low) = (wei, low);
        _lookedAt = _time.GetTimestamp();
        if (low && !was) LogLow(market.Account.Account.ToString(), wei, needed);
        if (was && !low) LogEnough(market.Account.Account.ToString(), wei);
    }

    [LoggerMessage(4030, LogLevel.Error, "The operator {Account} holds {Wei} wei and should hold {Needed} for gas: send it some, or results cannot be committed")]
    private partial void LogLow(string account, UInt128 wei, UInt128 needed);

    [LoggerMessage(4031, LogLevel.Information, "The operator {Account} holds enough for gas again: {Wei} wei")]
    private partial void LogEnough(string account, UInt128 wei);
}
