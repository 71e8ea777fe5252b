using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Market.Chain.Generated.DisputeGame;
using Market.Chain.Projection;
using Market.Domain.Jobs;
using Market.Domain.Leases;
using Market.Domain.Results;
using Market.Hashing;
using Market.Sandbox;
using Market.Wasm.Machine.Fast;

namespace Market.Client.Disputes;

/// <summary>One tasklet's record as a device committed to it, with its place under the committed root.</summary>
/// <param name="Bytes">128 bytes.</param>
/// <param name="Proof">Siblings from leaf to root.</param>
public sealed record CommittedRecord(byte[] Bytes, ImmutableArray<Hash256> Proof)
{
    /// <summary>The result; null if the bytes are none that any device finds.</summary>
    public TaskletResult? Result => TaskletResult.TryDecode(Bytes.AsSpan(0, TaskletResult.Size), out var result) ? result : null;

    /// <summary>Whether it has the form of a result, as ResultRecord in the contract says: otherwise the lease falls without a game.</summary>
    public bool IsSound => Bytes[0] == 1 && Bytes[1] is (byte)TaskletStatus.Exited or (byte)TaskletStatus.Trapped
        && !Bytes.AsSpan(TaskletResult.Size).ContainsAnyExcept((byte)0);
}

/// <summary>What a look at a committed lease showed.</summary>
/// <param name="Outcome">In a word.</param>
/// <param name="Detail">In words.</param>
/// <param name="Tasklet">The tasklet that differs, or whose record is withheld.</param>
/// <param name="Ran">Tasklets run.</param>
/// <param name="Committed">The record that differs.</param>
/// <param name="Found">What it should be; null if the record is none that a run can end with.</param>
public sealed record LeaseFinding(CheckOutcome Outcome, string Detail, uint Tasklet = 0, int Ran = 0, CommittedRecord? Committed = null, TaskletResult? Found = null)
{
    /// <summary>What is missing to tell more.</summary>
    public ImmutableArray<Gap> Gaps { get; init; } = [];
}

/// <summary>
/// Runs a committed lease's tasklets again and compares. The engine does the running; what differs is run once more on the step
/// machine, whose word is the judge's: only what differs there too is worth a bond.
/// </summary>
public sealed class LeaseCheck(EvidenceStore evidence, IRuntime runtime, RunLocator locator, ChallengerOptions options, RandomNumberGenerator random)
{
    private readonly ConcurrentDictionary<(LeaseKey, Hash256), uint[]> _picks = new();

    /// <summary>Looks at one tasklet of a lease.</summary>
    public Task<LeaseFinding> LookAsync(MarketState state, LeaseEntry entry, uint only, CancellationToken cancel) => LookAsync(state, entry, ImmutableDictionary<uint, CommittedRecord>.Empty, only, cancel);

    /// <summary>Looks at a lease.</summary>
    /// <param name="state">What the chain says.</param>
    /// <param name="entry">The lease, committed.</param>
    /// <param name="shown">Records that were forced out on the chain, if the list is withheld.</param>
    /// <param name="cancel">Stops.</param>
    public Task<LeaseFinding> LookAsync(MarketState state, LeaseEntry entry, IReadOnlyDictionary<uint, CommittedRecord> shown, CancellationToken cancel) =>
        LookAsync(state, entry, shown, null, cancel);

    private async Task<LeaseFinding> LookAsync(MarketState state, LeaseEntry entry, IReadOnlyDictionary<uint, CommittedRecord> shown, uint? only, CancellationToken cancel)
    {
        if (entry.ResultRoot is not { } root || !state.Offers.TryGetValue(entry.Lease.Offer, out var offer)) return new LeaseFinding(CheckOutcome.Skipped, "no committed result");
        var lease = entry.Lease;
        var list = await evidence.ReadAsync(ResultList.NameOf(root, lease.Count), lease.Device, cancel);
        var picks = only is { } wanted ? [wanted] : _picks.GetOrAdd((entry.Key, root), _ => Picks(lease.First, lease.Count));
        var ran = 0;
        var gaps = ImmutableArray.CreateBuilder<Gap>();
        foreach (var tasklet in picks)
        {
            var record = list is not null ? RecordOf(list, (int)(tasklet - lease.First)) : shown.GetValueOrDefault(tasklet);
            if (record is null)
            {
                gaps.Add(new Gap("the result list", PieceCode.Record, tasklet));
                continue;
            }

            if (!record.IsSound) return new LeaseFinding(CheckOutcome.Differs, "the record is none that a run can end with", tasklet, ran, record);
            var (run, missing) = await locator.FindAsync(state, entry.Key, tasklet, cancel);
            if (run is null)
            {
                gaps.Add(missing!);
                // What all tasklets need is missing for each of them.
                if (missing!.Piece is not (PieceCode.Frame or PieceCode.Stdin)) break;
                continue;
            }

            ran++;
            if (await EngineAsync(offer, run, cancel) == record.Result) continue;
            var found = await Task.Run(() => Machine(run, cancel), cancel);
            if (found != record.Result) return new LeaseFinding(CheckOutcome.Differs, "the run ends otherwise", tasklet, ran, record, found);
        }

        if (gaps.Count > 0) return new LeaseFinding(CheckOutcome.Withheld, $"{gaps[0]} cannot be had", gaps[0].Index, ran) { Gaps = gaps.ToImmutable() };
        _picks.TryRemove((entry.Key, root), out _);
        return new LeaseFinding(CheckOutcome.Agreed, $"{ran} of {lease.Count} tasklets run again", Ran: ran);
    }

    /// <summary>What was committed for one tasklet; null if the list is withheld.</summary>
    public async Task<CommittedRecord?> RecordAsync(LeaseEntry entry, uint tasklet, CancellationToken cancel) =>
        entry.ResultRoot is { } root && await evidence.ReadAsync(ResultList.NameOf(root, entry.Lease.Count), entry.Lease.Device, cancel) is { } list
            ? RecordOf(list, (int)(tasklet - entry.Lease.First))
            : null;

    /// <summary>A record of a fetched list.</summary>
    public static CommittedRecord RecordOf(byte[] list, int position) =>
        new(list.AsSpan(position * ResultList.RecordSize, ResultList.RecordSize).ToArray(), [.. ByteTree.Siblings(list, position)]);

    /// <summary>What the judge would find.</summary>
    private static TaskletResult Machine(DisputedRun run, CancellationToken cancel)
    {
        var (end, _) = FastRun.ToEnd(run.Program, run.Parameters, run.Frame, run.Stdin, cancel);
        return new TaskletResult((TaskletStatus)end.Status, end.ExitCode, end.FuelUsed, end.Output);
    }

    // Null when the engine has no word on it: then the machine has.
    private async Task<TaskletResult?> EngineAsync(OfferEntry offer, DisputedRun run, CancellationToken cancel)
    {
        if (await evidence.ReadAsync(offer.Work.ModuleBlob, null, cancel) is not { } code) return null;
        if (await runtime.PrepareAsync(offer.Work.ModuleBlob, code, cancel) is not Preparation.Ready { Module: var module }) return null;
        var limits = new RunLimits(offer.Terms.Mfuel * Fuel.PerMfuel, offer.Work.MemoryPages, offer.Work.OutputLimit, options.RunLimit);
        return await runtime.RunAsync(new TaskletRun(module, run.Frame, run.Stdin, limits), cancel) is RunOutcome.Halted halted ? halted.ToResult() : null;
    }

    // In an order that nobody can foresee: who withholds a list is asked for records in this order.
    private uint[] Picks(uint first, uint count)
    {
        var all = Enumerable.Range(0, (int)count).Select(i => first + (uint)i).ToArray();
        for (var i = all.Length - 1; i > 0; i--)
        {
            var other = Dice(i + 1);
            (all[i], all[other]) = (all[other], all[i]);
        }

        if (options.TaskletBps >= 10_000) return all;
        var picks = all.Where(_ => Dice(10_000) < options.TaskletBps).ToArray();
        return picks.Length > 0 ? picks : [all[0]];
    }

    private int Dice(int sides)
    {
        Span<byte> bytes = stackalloc byte[8];
        random.GetBytes(bytes);
        return (int)(BitConverter.ToUInt64(bytes) % (ulong)sides);
    }
}
