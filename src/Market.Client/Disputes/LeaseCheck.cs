using System.Collections.Immutable;
using System.Security.Cryptography;
using Market.Chain.Projection;
using Market.Domain.Jobs;
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
public sealed record LeaseFinding(CheckOutcome Outcome, string Detail, uint Tasklet = 0, int Ran = 0, CommittedRecord? Committed = null, TaskletResult? Found = null);

/// <summary>
/// Runs a committed lease's tasklets again and compares. The engine does the running; what differs is run once more on the step
/// machine, whose word is the judge's: only what differs there too is worth a bond.
/// </summary>
public sealed class LeaseCheck(EvidenceStore evidence, IRuntime runtime, RunLocator locator, ChallengerOptions options, RandomNumberGenerator random)
{
    /// <summary>Looks at one tasklet of a lease.</summary>
    public Task<LeaseFinding> LookAsync(MarketState state, LeaseEntry entry, uint only, CancellationToken cancel) => LookAsync(state, entry, null, only, cancel);

    /// <summary>Looks at a lease.</summary>
    /// <param name="state">What the chain says.</param>
    /// <param name="entry">The lease, committed.</param>
    /// <param name="shown">A record that was forced out on the chain, if the list is withheld.</param>
    /// <param name="cancel">Stops.</param>
    public Task<LeaseFinding> LookAsync(MarketState state, LeaseEntry entry, (uint Tasklet, CommittedRecord Record)? shown, CancellationToken cancel) =>
        LookAsync(state, entry, shown, null, cancel);

    private async Task<LeaseFinding> LookAsync(MarketState state, LeaseEntry entry, (uint Tasklet, CommittedRecord Record)? shown, uint? only, CancellationToken cancel)
    {
        if (entry.ResultRoot is not { } root || !state.Offers.TryGetValue(entry.Lease.Offer, out var offer)) return new LeaseFinding(CheckOutcome.Skipped, "no committed result");
        var lease = entry.Lease;
        var list = await evidence.ReadAsync(ResultList.NameOf(root, lease.Count), lease.Device, cancel);
        if (list is null && shown is null)
        {
            return new LeaseFinding(CheckOutcome.Withheld, "the result list is withheld", lease.First + (uint)Dice((int)Math.Min(lease.Count, int.MaxValue)));
        }

        var picks = only is { } wanted ? [wanted] : shown is { } one && list is null ? [one.Tasklet] : Picks(lease.First, lease.Count);
        var ran = 0;
        foreach (var tasklet in picks)
        {
            var record = list is null ? shown!.Value.Record : RecordOf(list, (int)(tasklet - lease.First));
            if (!record.IsSound) return new LeaseFinding(CheckOutcome.Differs, "the record is none that a run can end with", tasklet, ran, record);
            var (run, missing) = await locator.FindAsync(state, entry.Key, tasklet, cancel);
            if (run is null) return new LeaseFinding(CheckOutcome.Withheld, $"{missing} cannot be had", tasklet, ran);
            ran++;
            if (await EngineAsync(offer, run, cancel) == record.Result) continue;
            var found = await Task.Run(() => Machine(run, cancel), cancel);
            if (found != record.Result) return new LeaseFinding(CheckOutcome.Differs, "the run ends otherwise", tasklet, ran, record, found);
        }

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

    private uint[] Picks(uint first, uint count)
    {
        var all = Enumerable.Range(0, (int)count).Select(i => first + (uint)i).ToArray();
        if (options.TaskletBps >= 10_000) return all;
        var picks = all.Where(_ => Dice(10_000) < options.TaskletBps).ToArray();
        return picks.Length > 0 ? picks : [all[Dice(all.Length)]];
    }

    private int Dice(int sides)
    {
        Span<byte> bytes = stackalloc byte[8];
        random.GetBytes(bytes);
        return (int)(BitConverter.ToUInt64(bytes) % (ulong)sides);
    }
}
