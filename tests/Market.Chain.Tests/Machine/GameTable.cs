using System.Buffers.Binary;
using System.Numerics;
using Market.Chain.Following;
using Market.Chain.Generated.DisputeGame;
using Market.Chain.Tests.Fixture;
using Market.Chain.Transactions;
using Market.Ethereum;
using Market.Hashing;

namespace Market.Chain.Tests.Machine;

/// <summary>Plays games on the local chain, each side with nothing but its own account of the run.</summary>
internal sealed class GameTable(LocalMarket local, Address games)
{
    public const uint Pool = 600;
    public const uint Increment = 60;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public Address Games => games;

    public static async Task<GameTable> SetAsync(LocalMarket local)
    {
        var chain = await StepChain.DeployAsync(local, Cancel);
        var arguments = new byte[96];
        chain.Vm.Address.CopyTo(arguments.AsSpan(12));
        BinaryPrimitives.WriteUInt32BigEndian(arguments.AsSpan(60), Pool);
        BinaryPrimitives.WriteUInt32BigEndian(arguments.AsSpan(92), Increment);
        return new GameTable(local, (await TestContract.DeployAsync(local, "test/GamesHarness", arguments, Cancel)).Address);
    }

    /// <summary>Opens a game over 32^<paramref name="rounds"/> steps.</summary>
    public async Task<OpenGame> OpenAsync(byte rounds, (Actor Actor, GameAccount Account) provider, (Actor Actor, GameAccount Account) challenger)
    {
        var steps = 1L << (5 * rounds);
        var hashes = challenger.Account.Cut(0, steps);
        var call = new OpenGameFunction(provider.Actor.Account, rounds, challenger.Account.At(0), [.. hashes]);
        var receipt = (await challenger.Actor.Sender.SendAsync(games, call, Cancel)).Require();
        return new OpenGame(receipt.Of<GameOpenedEvent>(games).Single().Game, provider, challenger, steps, hashes);
    }

    /// <summary>One move of whose turn it is, as its account says; the game is won when a proof went through.</summary>
    public async Task<SendOutcome> MoveAsync(OpenGame game)
    {
        var (actor, account) = game.Mover;
        var segment = game.Length / 32;
        var index = Enumerable.Range(0, 32).First(i => game.Hashes[i] != account.At(game.Start + (segment * (i + 1))));
        var agreedAt = game.Start + (segment * index);
        var parting = new PartingTuple(
            game.From, index + 1, account.At(agreedAt), index == 0 ? [] : [.. GameAccount.Path(game.Hashes, index - 1)],
            game.Hashes[index], [.. GameAccount.Path(game.Hashes, index)]);
        if (segment == 1) return await actor.Sender.SendAsync(games, new ProveFunction(game.Id, parting, HexBytes.Wrap(account.ProofAt(agreedAt))), Cancel);

        var hashes = account.Cut(agreedAt, segment);
        var outcome = await actor.Sender.SendAsync(games, new DissectFunction(game.Id, parting, [.. hashes]), Cancel);
        if (outcome is SendOutcome.Mined) game.Advance(agreedAt, segment, account.At(agreedAt), hashes);
        return outcome;
    }

    /// <summary>Plays to the end: who cannot move stands still until its clock is empty.</summary>
    public async Task<GameWonEvent> PlayAsync(OpenGame game)
    {
        while (true)
        {
            var last = game.Length == 32;
            var outcome = await MoveAsync(game);
            if (outcome is SendOutcome.Mined && !last) continue;
            if (outcome is SendOutcome.Mined mined) return mined.Receipt.Of<GameWonEvent>(games).Single();

            Assert.Contains(Assert.IsType<SendOutcome.Refused>(outcome).Error.Name, (string[])["GameStepHolds", "GameClockOver"]);
            await local.PassAsync(Pool + (4 * Increment) + 1);
            return (await game.Other.Actor.Sender.SendAsync(games, new TimeoutFunction(game.Id), Cancel)).Require().Of<GameWonEvent>(games).Single();
        }
    }

    /// <summary>What the players know of a game.</summary>
    internal sealed class OpenGame(
        BigInteger id, (Actor Actor, GameAccount Account) provider, (Actor Actor, GameAccount Account) challenger, long length, Hash256[] hashes)
    {
        public BigInteger Id => id;

        /// <summary>Step at which the disputed segment starts.</summary>
        public long Start { get; private set; }

        /// <summary>Its steps.</summary>
        public long Length { get; private set; } = length;

        public Hash256 From { get; private set; } = challenger.Account.At(0);

        /// <summary>The last account of it.</summary>
        public Hash256[] Hashes { get; private set; } = hashes;

        public (Actor Actor, GameAccount Account) Mover { get; private set; } = provider;

        public (Actor Actor, GameAccount Account) Other { get; private set; } = challenger;

        public void Advance(long start, long length, Hash256 from, Hash256[] hashes)
        {
            (Start, Length, From, Hashes) = (start, length, from, hashes);
            (Mover, Other) = (Other, Mover);
        }
    }
}
