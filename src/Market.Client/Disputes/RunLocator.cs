using System.Collections.Concurrent;
using Market.Chain.Generated.DisputeGame;
using Market.Chain.Projection;
using Market.Domain.Leases;
using Market.Hashing;
using Market.Wasm.Machine;

namespace Market.Client.Disputes;

/// <summary>Finds what a disputed tasklet runs: the offer from the chain, the input by its manifest or rule, the module by its name.</summary>
public sealed class RunLocator(EvidenceStore evidence, InputLocator inputs)
{
    private const int MostPrograms = 16;
    private readonly ConcurrentDictionary<BlobName, MachineProgram?> _programs = new();

    /// <summary>The run of a tasklet, or what is missing.</summary>
    /// <param name="state">What the chain says.</param>
    /// <param name="key">The lease.</param>
    /// <param name="tasklet">The tasklet, by its number in the offer.</param>
    /// <param name="cancel">Stops.</param>
    public async Task<(DisputedRun? Run, Gap? Missing)> FindAsync(MarketState state, LeaseKey key, uint tasklet, CancellationToken cancel)
    {
        if (!state.Leases.TryGetValue(key, out var entry) || !state.Offers.TryGetValue(entry.Lease.Offer, out var offer)) return (null, new Gap("a lease that the chain knows"));
        var maker = entry.Lease.Device;
        var (input, missing) = await inputs.FindAsync(state, entry, tasklet, cancel);
        if (input is null) return (null, missing);
        if (!_programs.TryGetValue(offer.Work.ModuleBlob, out var program))
        {
            if (await evidence.ReadAsync(offer.Work.ModuleBlob, maker, cancel) is not { } module) return (null, new Gap("the module", PieceCode.Module, 0, offer.Work.ModuleBlob));
            if (_programs.Count >= MostPrograms) _programs.Clear();
            program = _programs[offer.Work.ModuleBlob] = await Task.Run(() => MachineProgram.Lower(module), cancel);
        }

        return DisputedRun.Of(program, offer.Terms, offer.Work, input.Frame, input.Stdin) is { } run ? (run, null) : (null, new Gap("a program that this module lowers to"));
    }
}
