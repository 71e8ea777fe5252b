using Market.Hashing;
using Market.Wasm.Machine.Accounts;

namespace Market.Bench.Disputes;

/// <summary>A liar's account: it runs everything as an honest one does, and from one step on says something else.</summary>
internal sealed class CrookedAccount(RunAccount own, long from) : IRunAccount
{
    public Hash256 At(long step, CancellationToken cancel) => Bend(step, own.At(step, cancel));

    public IReadOnlyList<Hash256> Cut(long start, long length, CancellationToken cancel) =>
        [.. own.Cut(start, length, cancel).Select((hash, i) => Bend(start + (length / 32 * (i + 1)), hash))];

    public StepScene Show(long step, CancellationToken cancel) => own.Show(step, cancel);

    public void Dispose() => own.Dispose();

    private Hash256 Bend(long step, Hash256 hash) => step < from ? hash : Keccak256.Hash(hash, hash);
}
