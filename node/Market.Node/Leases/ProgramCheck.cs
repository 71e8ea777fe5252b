using System.Collections.Concurrent;
using Market.Domain.Offers;
using Market.Hashing;
using Market.Wasm.Machine;

namespace Market.Node.Leases;

/// <summary>
/// Whether a dispute about an offer's runs would be judged by the program that its module lowers to. What an offer says is
/// its consumer's word; a device that runs one program and is judged by another would lose with honest results.
/// </summary>
internal sealed class ProgramCheck : IDisposable
{
    private const int Kept = 64;

    private readonly ConcurrentDictionary<BlobName, Facts> _known = new();

    // Lowering the largest module takes a gigabyte for a second.
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>What is wrong with the offer's program, in words; null if runs can be judged, or need not be.</summary>
    public async Task<string?> FaultAsync(Terms terms, Work work, byte[] module, CancellationToken cancel)
    {
        var judged = terms.Verdict != Verdict.Trusted;
        if (!Enum.IsDefined(work.Inputs)) return $"inputs of kind {work.Inputs}";
        if (!judged && work.Program == Hash256.Zero) return null;
        var facts = await FactsAsync(work.ModuleBlob, module, cancel);
        if (facts.Program == Hash256.Zero) return "the module is too large for the step machine";
        if (facts.Program != work.Program) return $"the module's program is {facts.Program}, not {work.Program}";
        return judged && facts.InitialPages > work.MemoryPages ? $"the module starts with {facts.InitialPages} pages of memory, the offer gives {work.MemoryPages}" : null;
    }

    public void Dispose() => _one.Dispose();

    private async Task<Facts> FactsAsync(BlobName name, byte[] module, CancellationToken cancel)
    {
        if (_known.TryGetValue(name, out var known)) return known;
        await _one.WaitAsync(cancel);
        try
        {
            var program = await Task.Run(() => MachineProgram.Lower(module), cancel);
            if (_known.Count >= Kept) _known.Clear();
            return _known[name] = program is null ? new Facts(Hash256.Zero, 0) : new Facts(program.Root, program.InitialPages);
        }
        finally
        {
            _one.Release();
        }
    }

    private sealed record Facts(Hash256 Program, uint InitialPages);
}
