using Market.Hashing;
using Market.Wasm.Machine.Stepping;

namespace Market.Chain.Tests.Machine;

/// <summary>One side's account of a run: its state after any number of steps. A liar's goes wrong at one step and on from there.</summary>
internal sealed class GameAccount
{
    private readonly List<Hash256> _states = [];
    private readonly List<byte[]> _proofs = [];

    /// <summary>Runs a program; <paramref name="lie"/> may change registers and trees before the step of that number.</summary>
    public GameAccount(MachinePrograms.Program program, int? lieAt = null, Func<SpecState, SpecState>? lie = null)
    {
        var state = MachinePrograms.Start(program);
        while (true)
        {
            if (_states.Count == lieAt) state = lie!(state);
            _states.Add(state.Hash);
            if (state.End is not null) break;
            _proofs.Add(state.Prove());
        }

        _proofs.Add(state.Prove());
    }

    /// <summary>Steps until it halts.</summary>
    public int Length => _states.Count - 1;

    /// <summary>The state after a number of steps; a halted one stays as it is.</summary>
    public Hash256 At(long step) => _states[(int)Math.Min(step, Length)];

    public byte[] ProofAt(long step) => _proofs[(int)Math.Min(step, Length)];

    /// <summary>The 32 states that cut the segment of <paramref name="length"/> steps from <paramref name="start"/> on into equal parts.</summary>
    public Hash256[] Cut(long start, long length) => [.. Enumerable.Range(1, 32).Select(i => At(start + (length / 32 * i)))];

    /// <summary>Siblings of one of 32 hashes.</summary>
    public static Hash256[] Path(Hash256[] hashes, int index)
    {
        var path = new List<Hash256>();
        for (var level = hashes; level.Length > 1; index >>= 1)
        {
            path.Add(level[index ^ 1]);
            level = [.. level.Chunk(2).Select(pair => Keccak256.Hash(pair[0], pair[1]))];
        }

        return [.. path];
    }
}
