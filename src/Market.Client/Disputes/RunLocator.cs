using System.Collections.Concurrent;
using Market.Chain.Projection;
using Market.Domain.Leases;
using Market.Domain.Results;
using Market.Hashing;
using Market.Wasm.Machine;

namespace Market.Client.Disputes;

/// <summary>Finds what a disputed tasklet runs: the offer from the chain, module, manifest and input by their names.</summary>
public sealed class RunLocator(EvidenceStore evidence)
{
    private const int MostPrograms = 16;
    private readonly ConcurrentDictionary<BlobName, MachineProgram?> _programs = new();

    /// <summary>The run of a tasklet, or in words what is missing.</summary>
    /// <param name="state">What the chain says.</param>
    /// <param name="key">The lease.</param>
    /// <param name="tasklet">The tasklet, by its number in the offer.</param>
    /// <param name="cancel">Stops.</param>
    public async Task<(DisputedRun? Run, string? Missing)> FindAsync(MarketState state, LeaseKey key, uint tasklet, CancellationToken cancel)
    {
        if (!state.Leases.TryGetValue(key, out var entry) || !state.Offers.TryGetValue(entry.Lease.Offer, out var offer)) return (null, "the chain does not know the lease");
        var maker = entry.Lease.Device;
        if (await evidence.ReadAsync(offer.Work.ManifestBlob(offer.Terms.Total), maker, cancel) is not { } bytes) return (null, "the manifest");
        if (!Manifest.TryDecode(bytes, out var manifest) || tasklet >= manifest!.Records.Length) return (null, "a manifest that holds the tasklet");
        var record = manifest.Records[(int)tasklet];
        if (await evidence.ReadAsync(record.Frame, maker, cancel) is not { } frame) return (null, "the input's frame");
        if (await evidence.ReadAsync(record.Stdin, maker, cancel) is not { } stdin) return (null, "the input");
        if (!_programs.TryGetValue(offer.Work.ModuleBlob, out var program))
        {
            if (await evidence.ReadAsync(offer.Work.ModuleBlob, maker, cancel) is not { } module) return (null, "the module");
            if (_programs.Count >= MostPrograms) _programs.Clear();
            program = _programs[offer.Work.ModuleBlob] = await Task.Run(() => MachineProgram.Lower(module), cancel);
        }

        return DisputedRun.Of(program, offer.Terms, offer.Work, frame, stdin) is { } run ? (run, null) : (null, "a program that this module lowers to");
    }
}
