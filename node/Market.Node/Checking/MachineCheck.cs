using System.Security.Cryptography;
using Market.Blobs;
using Market.Domain.Identity;
using Market.Domain.Results;
using Market.Hashing;
using Market.Node.Hosting;
using Market.Node.Leases;
using Market.Node.Storage;
using Market.Sandbox;

namespace Market.Node.Checking;

/// <summary>
/// The last look before a commitment: one tasklet of a module's first lease, later what a share of the time allows, again on the step machine.
/// A consumer who knows where the engine errs could otherwise have this device commit to what a judge then finds wrong. A
/// module that was ever found to differ is not run again.
/// </summary>
internal sealed partial class MachineCheck(
    BlobStore blobs, Journal journal, MachineRunner machine, LaneQueue lanes, NodeOptions options, RandomNumberGenerator random, TimeProvider time, ILogger<MachineCheck> logger)
{
    // What the machine does at least, on a busy core.
    private const ulong LeastFuelPerSecond = 150_000_000;
    private const int Parts = 1_000_000;

    // What it costs beside the machine's steps: inputs are read, memory is laid out.
    private static readonly TimeSpan Begin = TimeSpan.FromMilliseconds(10);

    // What it did the last time that it ran for longer than it took to begin.
    private double _fuelPerSecond = LeastFuelPerSecond;

    /// <summary>Whether this device does not run the module, because engine and machine differed on it.</summary>
    public bool IsDistrusted(BlobName module) => journal.TrustIn(module) == ModuleTrust.Distrusted;

    /// <summary>Looks again; null, or in words why the lease is to be handed back.</summary>
    /// <param name="module">The module.</param>
    /// <param name="inputs">The lease's inputs.</param>
    /// <param name="results">What the engine gave, in their order.</param>
    /// <param name="first">Number of the first.</param>
    /// <param name="limits">Limits of each.</param>
    /// <param name="took">How long the engine took for all of them.</param>
    /// <param name="due">When the lease is due.</param>
    /// <param name="now">Block time.</param>
    /// <param name="cancel">Stops.</param>
    public async Task<string?> DoubtAsync(
        BlobName module, IReadOnlyList<ManifestRecord> inputs, IReadOnlyList<TaskletResult> results, uint first, RunLimits limits, TimeSpan took, UnixTime due, UnixTime now, CancellationToken cancel)
    {
        var known = journal.TrustIn(module) == ModuleTrust.Trusted;
        var affordable = LeastFuelPerSecond * Math.Max(1, due.Seconds > now.Seconds ? (due.Seconds - now.Seconds) / 4 : 1);
        var picks = Picks(results, known, affordable, took * (options.CheckPercent / 100.0));
        if (picks.Count == 0) return null;
        if (await blobs.ReadAsync(module, cancel) is not { } code) return "the module was dropped";
        foreach (var pick in picks)
        {
            if (await blobs.ReadAsync(inputs[pick].Frame, cancel) is not { } frame || await blobs.ReadAsync(inputs[pick].Stdin, cancel) is not { } stdin) return "an input was dropped";
            using var lane = await lanes.EnterAsync(due, cancel);
            var started = time.GetTimestamp();
            // Of what is too long only the beginning: there the machine must not end before the fuel that it is given.
            var whole = results[pick].FuelUsed <= affordable;
            var again = await machine.RunAsync(module, code, frame, stdin, whole ? limits : limits with { Fuel = affordable }, cancel);
            var elapsed = time.GetElapsedTime(started);
            if (elapsed > 10 * Begin) _fuelPerSecond = Math.Max(LeastFuelPerSecond, Math.Min(results[pick].FuelUsed, affordable) / elapsed.TotalSeconds);
            if (whole ? again?.ToResult() == results[pick] : again is { Status: TaskletStatus.Trapped } && again.FuelUsed >= affordable) continue;
            journal.SaveTrust(module, ModuleTrust.Distrusted);
            LogDiverged(module.ToString(), first + (uint)pick, results[pick], again?.ToResult());
            return $"tasklet {first + (uint)pick}: engine and step machine differ on this module, so no result of it is committed";
        }

        if (!known) journal.SaveTrust(module, ModuleTrust.Trusted);
        return null;
    }

    // Unforeseeable, so that nobody can place an input where it is not looked at.
    private List<int> Picks(IReadOnlyList<TaskletResult> results, bool known, ulong affordable, TimeSpan budget)
    {
        var all = Enumerable.Range(0, results.Count).ToList();
        var cheap = all.Where(i => results[i].FuelUsed <= affordable).ToList();
        if (!known) return [cheap.Count > 0 ? cheap[Dice(cheap.Count)] : all.MinBy(i => results[i].FuelUsed)];
        var whole = cheap.Sum(i => Begin.TotalSeconds + (results[i].FuelUsed / _fuelPerSecond));
        var chance = cheap.Count == 0 ? 0 : Math.Min(1, budget.TotalSeconds / whole);
        var picks = new List<int>();
        foreach (var i in cheap.Where(_ => Dice(Parts) < chance * Parts))
        {
            if (results[i].FuelUsed > affordable) continue;
            affordable -= results[i].FuelUsed;
            picks.Add(i);
        }

        return picks;
    }

    private int Dice(int sides)
    {
        Span<byte> bytes = stackalloc byte[8];
        random.GetBytes(bytes);
        return (int)(BitConverter.ToUInt64(bytes) % (ulong)sides);
    }

    [LoggerMessage(4231, LogLevel.Error, "Module {Module}, tasklet {Tasklet}: the engine gave {Engine} and the step machine {Machine}; the lease is handed back and the module not run again. Report it")]
    private partial void LogDiverged(string module, uint tasklet, TaskletResult engine, TaskletResult? machine);
}
