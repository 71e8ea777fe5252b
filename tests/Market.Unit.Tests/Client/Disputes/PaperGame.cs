using System.Collections.Immutable;
using Market.Chain.Following;
using Market.Chain.Generated.DisputeGame;
using Market.Chain.Projection;
using Market.Client.Disputes;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Hashing;
using Market.Wasm.Machine.Accounts;
using Market.Wasm.Machine.Stepping;

namespace Market.Unit.Tests.Client.Disputes;

/// <summary>A game without a chain, refereed by the contract's rules in C#: what the players decide, and nothing else.</summary>
internal sealed class PaperGame
{
    private static readonly ChainPoint Block = new(1, default, new UnixTime(1));
    private readonly IRunAccount _provider;
    private readonly IRunAccount _challenger;

    public PaperGame(int rounds, IRunAccount provider, IRunAccount challenger)
    {
        (_provider, _challenger) = (provider, challenger);
        var opening = new GameAccountEntry(SideCode.Challenger, 0, challenger.At(0, default), [.. challenger.Cut(0, 1L << (5 * rounds), default)], Block, default);
        Entry = new GameEntry(1, new Address([.. Enumerable.Repeat((byte)1, 20)]), new Address([.. Enumerable.Repeat((byte)2, 20)]), [opening], null, new GameSubject(new LeaseKey(default), 0, (byte)rounds));
    }

    /// <summary>The game as events would tell it.</summary>
    public GameEntry Entry { get; private set; }

    /// <summary>Plays until a step is proven or a side has no move; the winner.</summary>
    public SideCode Play()
    {
        while (true)
        {
            var position = GamePosition.Of(Entry);
            switch (GameMove.Of(position, position.Mover == SideCode.Provider ? _provider : _challenger, default))
            {
                case GameMove.Dissect dissect:
                    Check(position, dissect.Parting);
                    Assert.False(position.IsLast);
                    Assert.NotEqual(dissect.Parting.Disputed, dissect.Hashes[^1]);
                    Entry = Entry with { Accounts = Entry.Accounts.Add(new GameAccountEntry(position.Mover, (int)dissect.Parting.Index, dissect.Parting.Agreed, dissect.Hashes, Block, default)) };
                    break;
                case GameMove.Prove prove:
                    Check(position, prove.Parting);
                    Assert.True(position.IsLast);
                    Assert.NotEqual(prove.Parting.Disputed, StepProof.Verify(prove.Parting.Agreed, prove.Scene.Proof));
                    return position.Mover;
                default:
                    return position.Mover == SideCode.Provider ? SideCode.Challenger : SideCode.Provider;
            }
        }
    }

    // GameLib.check, in C#.
    private static void Check(GamePosition position, PartingTuple parting)
    {
        var root = Root(position.Hashes);
        var index = (int)parting.Index;
        Assert.InRange(index, 1, GamePosition.Fan);
        Assert.Equal(position.From, parting.From);
        Assert.Equal(root, ByteTree.Climb(parting.Disputed, index - 1, [.. parting.DisputedPath]));
        if (index == 1) Assert.Equal((position.From, 0), (parting.Agreed, parting.AgreedPath.Length));
        else Assert.Equal(root, ByteTree.Climb(parting.Agreed, index - 2, [.. parting.AgreedPath]));
    }

    private static Hash256 Root(ImmutableArray<Hash256> hashes)
    {
        IReadOnlyList<Hash256> level = hashes;
        while (level.Count > 1) level = [.. level.Chunk(2).Select(pair => Keccak256.Hash(pair[0], pair[1]))];
        return level[0];
    }
}
