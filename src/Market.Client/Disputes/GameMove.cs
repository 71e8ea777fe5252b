using System.Collections.Immutable;
using Market.Chain.Generated.DisputeGame;
using Market.Hashing;
using Market.Wasm.Machine.Accounts;

namespace Market.Client.Disputes;

/// <summary>What a side does in its turn.</summary>
public abstract record GameMove
{
    private GameMove()
    {
    }

    /// <summary>Lets both accounts part and posts its own of the segment where they do.</summary>
    /// <param name="Parting">Where the accounts part.</param>
    /// <param name="Hashes">The mover's account of that segment.</param>
    public sealed record Dissect(PartingTuple Parting, ImmutableArray<Hash256> Hashes) : GameMove;

    /// <summary>Executes the disputed step on the chain and wins.</summary>
    /// <param name="Parting">Where the accounts part.</param>
    /// <param name="Scene">The step.</param>
    public sealed record Prove(PartingTuple Parting, StepScene Scene) : GameMove;

    /// <summary>There is no move: only a side with a false account is ever without one.</summary>
    public sealed record Stuck(string Reason) : GameMove;

    /// <summary>
    /// The move of a side with <paramref name="account"/>, and nothing but it: the same position and account give the same move.
    /// </summary>
    /// <param name="position">Where the game stands, with the mover to move.</param>
    /// <param name="account">The mover's account of the run.</param>
    /// <param name="cancel">Stops.</param>
    public static GameMove Of(GamePosition position, IRunAccount account, CancellationToken cancel)
    {
        if (account.At(position.Start, cancel) != position.From) return new Stuck($"the segment begins in a state that this account does not have after {position.Start} steps");
        var mine = account.Cut(position.Start, position.Length, cancel);
        var index = 0;
        while (index < GamePosition.Fan && mine[index] == position.Hashes[index]) index++;
        if (index == GamePosition.Fan) return new Stuck("both accounts are the same");

        var agreedAt = position.Start + (position.Segment * index);
        var parting = new PartingTuple(
            position.From,
            index + 1,
            index == 0 ? position.From : mine[index - 1],
            index == 0 ? [] : Path(position.Hashes, index - 1),
            position.Hashes[index],
            Path(position.Hashes, index));
        if (position.IsLast)
        {
            var scene = account.Show(agreedAt, cancel);
            return scene.After == position.Hashes[index] ? new Stuck("the step leads where the opponent says") : new Prove(parting, scene);
        }

        var hashes = account.Cut(agreedAt, position.Segment, cancel);
        return hashes[^1] == position.Hashes[index] ? new Stuck("both accounts end in the same state") : new Dissect(parting, [.. hashes]);
    }

    /// <summary>Siblings of one of 32 hashes, nearest first.</summary>
    public static ImmutableArray<Hash256> Path(IReadOnlyList<Hash256> hashes, int index)
    {
        var path = ImmutableArray.CreateBuilder<Hash256>();
        for (var level = hashes; level.Count > 1; index >>= 1)
        {
            path.Add(level[index ^ 1]);
            level = [.. level.Chunk(2).Select(pair => Keccak256.Hash(pair[0], pair[1]))];
        }

        return path.ToImmutable();
    }
}
