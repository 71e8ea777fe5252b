using Market.Hashing;
using Market.Wasm.Machine.Accounts;

namespace Market.EndToEnd.Tests.Disputes;

/// <summary>The account of somebody who denies a true result: right up to a step, and made up from there on.</summary>
internal sealed class SlanderousAccount(IRunAccount truth, long from) : IRunAccount
{
    public Hash256 At(long step, CancellationToken cancel) => step < from ? truth.At(step, cancel) : MadeUp(truth.At(step, cancel));

    public IReadOnlyList<Hash256> Cut(long start, long length, CancellationToken cancel) =>
        [.. truth.Cut(start, length, cancel).Select((hash, i) => start + (length / 32 * (i + 1)) < from ? hash : MadeUp(hash))];

    public StepScene Show(long step, CancellationToken cancel) => truth.Show(step, cancel);

    public void Dispose() => truth.Dispose();

    private static Hash256 MadeUp(Hash256 hash) => Keccak256.Hash(hash, hash);
}
