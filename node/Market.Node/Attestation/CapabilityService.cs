using Market.Chain.Generated.CapabilityRegistry;
using Market.Chain.Transactions;
using Market.Domain.Identity;
using Market.Ethereum;
using Market.Node.Chain;
using Market.Node.Hosting;

namespace Market.Node.Attestation;

/// <summary>Keeps the device known for what it is: declares it, has it attested, renews both before they end.</summary>
internal sealed partial class CapabilityService(
    MarketAccess market, OwnSpeed own, AttestationRound round, NodeOptions options, CapabilityStatus status, Drain drain, ChainHead head, TimeProvider time, ILogger<CapabilityService> logger)
    : ReconcilingService(head, time, logger)
{
    // Between attempts that failed: a peer that comes up is found soon, and those that are up are not pestered.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    // A machine that is disturbed this often is as slow as it seems.
    private const int MostDisturbed = 5;

    private readonly TimeProvider _time = time;
    private long _failedAt;
    private int _disturbed;

    /// <inheritdoc/>
    protected override async Task ReconcileAsync(Head now, CancellationToken cancel)
    {
        if (drain.IsDraining) return;
        if (_failedAt != 0 && _time.GetElapsedTime(_failedAt) < Pause) return;
        try
        {
            if (await StepAsync(now.Time, cancel) is not { } fault)
            {
                _failedAt = 0;
                return;
            }

            Note(fault);
        }
        catch (BenchmarkException e)
        {
            LogUnfit(e.Message);
            Note($"this machine cannot run the benchmark: {e.Message}");
        }

        _failedAt = _time.GetTimestamp();
    }

    // Null, or in words why the step failed.
    private async Task<string?> StepAsync(UnixTime now, CancellationToken cancel)
    {
        var current = (await market.Market.DeviceAsync(market.Device, cancel)).Capability;
        var least = _disturbed < MostDisturbed ? OwnSpeed.LeastOf(await own.ScoreAsync(cancel)) : (ushort)0;
        var step = CapabilityPlanner.Next(current, options.Class, options.Lanes, options.MemoryMiB, market.MaxLifetime, least, now);
        if (step == CapabilityStep.None)
        {
            Note($"{new ClassKey(current.ClassKey)}, {current.ScorePerLane} Mfuel/s on each of {current.Lanes} lanes, until {new UnixTime(current.ExpiresAt)}");
            return null;
        }

        return step == CapabilityStep.Declare ? await DeclareAsync(now, cancel) : await AttestAsync(least, now, cancel);
    }

    private async Task<string?> DeclareAsync(UnixTime now, CancellationToken cancel)
    {
        var score = await own.ScoreAsync(cancel);
        var declared = new ClassKey(options.Class.Kind, AttestationLevel.SelfDeclared, options.Region);
        var outcome = await market.Registry.DeclareAsync(
            market.Account.Sender,
            new DeclareFunction(market.Device.Value, declared.Packed, score, options.MemoryMiB, options.Lanes, now.Plus(market.MaxLifetime).Seconds),
            cancel);
        if (outcome is not SendOutcome.Mined) return $"declaring failed: {outcome.Describe()}";
        LogDeclared(declared, score, options.Lanes, options.MemoryMiB);
        return null;
    }

    private async Task<string?> AttestAsync(ushort least, UnixTime now, CancellationToken cancel)
    {
        var result = await round.TryAsync(least, now, cancel);
        if (result.Disturbed) _disturbed++;
        if (result.Statement is not { } s) return $"waiting to be attested: {result.Detail}";
        var statement = new StatementTuple(
            s.Device.Value, s.ClassKey.Packed, s.ScorePerLane, s.MemoryMiB, s.Lanes, s.Seed, s.IssuedAt.Seconds, s.ExpiresAt.Seconds);
        var outcome = await market.Registry.AttestAsync(
            market.Account.Sender,
            statement,
            result.Signatures.Select(g => new SignatureTuple(g.Attester.Value, HexBytes.Wrap(g.Signature.ToArray()))),
            cancel);
        if (outcome is not SendOutcome.Mined) return $"the registry did not take the statement: {outcome.Describe()}";
        LogAttested(s.ClassKey, s.ScorePerLane, s.Lanes, string.Join(", ", result.Signatures.Select(g => g.Attester)));
        return null;
    }

    private void Note(string text)
    {
        if (status.Set(text)) LogChanged(text);
    }

    [LoggerMessage(4520, LogLevel.Information, "Capability: {Text}")]
    private partial void LogChanged(string text);

    [LoggerMessage(4521, LogLevel.Information, "Declared as {Class}: {Score} Mfuel/s on each of {Lanes} lanes, {Memory} MiB each")]
    private partial void LogDeclared(ClassKey @class, ushort score, ushort lanes, ushort memory);

    [LoggerMessage(4522, LogLevel.Information, "Attested as {Class}: {Score} Mfuel/s on each of {Lanes} lanes, by {Attesters}")]
    private partial void LogAttested(ClassKey @class, ushort score, ushort lanes, string attesters);

    [LoggerMessage(4523, LogLevel.Error, "This machine cannot run the benchmark: {Reason}")]
    private partial void LogUnfit(string reason);
}
