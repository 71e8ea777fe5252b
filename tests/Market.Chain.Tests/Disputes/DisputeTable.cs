using System.Numerics;
using Market.Chain.Contracts;
using Market.Chain.Following;
using Market.Chain.Generated.ComputeMarket;
using Market.Chain.Generated.DisputeGame;
using Market.Chain.Jobs;
using Market.Chain.Tests.Fixture;
using Market.Chain.Tests.Machine;
using Market.Chain.Transactions;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Offers;
using Market.Domain.Results;
using Market.Ethereum;
using Market.Hashing;
using Market.Wasm.Machine;
using Market.Wasm.Machine.Accounts;
using Scope = Market.Chain.Generated.DisputeGame.ScopeTuple;
using Settle = Market.Chain.Generated.DisputeGame.SettleFunction;
using TermsWords = Market.Chain.Generated.DisputeGame.TermsTuple;
using WorkWords = Market.Chain.Generated.DisputeGame.WorkTuple;

namespace Market.Chain.Tests.Disputes;

/// <summary>Plays whole disputes on the deployed market, each side with nothing but its own account of the run.</summary>
internal sealed class DisputeTable(LocalMarket local)
{
    public const uint Stake = 200;
    private const uint Window = 3_600;

    private readonly Address _judge = local.Market.Deployment.Dispute!.Value;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public Address Judge => _judge;

    /// <summary>What a dispute is about: a lease of one tasklet, committed to the end that its provider claims, and what shows the judge its input.</summary>
    public sealed record Case(Story Story, Terms Terms, Work Work, Lease Lease, DeviceId Device, byte[] Record, Manifest Manifest, byte[] Input)
    {
        public TermsWords Words => new(Terms.ToCostWord(), Terms.ToRuleWord(), Terms.ScopeHash());
    }

    /// <summary>A lease of <paramref name="provider"/> with the result that it claims.</summary>
    /// <param name="story">The run.</param>
    /// <param name="consumer">Posts the offer.</param>
    /// <param name="provider">Commits.</param>
    /// <param name="device">Its device.</param>
    /// <param name="claimed">What it commits to.</param>
    /// <param name="reading">The rule that the input follows from; null: a manifest lists it.</param>
    public static async Task<Case> CommitAsync(Story story, Actor consumer, Actor provider, DeviceId device, MachineHalt claimed, Reading? reading = null)
    {
        var manifest = new Manifest([story.Input]);
        var work = story.Work(reading?.Rule.Hash() ?? manifest.Name.Root);
        if (reading is not null) work = work with { Inputs = (InputKind)(byte)reading.Rule.Kind };
        var (terms, _) = await consumer.OfferAsync(1, 900, Verdict.Optimistic, device);
        terms = terms with { Mfuel = Story.Mfuel, WindowSeconds = Window, BondBps = 20_000, Work = work.Hash() };
        var lease = (await consumer.PostAndMatchAsync(terms, work)).Single();
        var list = new ResultList([Story.Record(claimed)]);
        (await provider.Market.CommitAsync(terms, lease, list.Name.Root, Cancel)).Require();
        return new Case(story, terms, work, lease, device, list.Content, manifest, reading?.Input.Opening ?? manifest.Content);
    }

    /// <summary>Opens a game, plays it to its end and settles it; who cannot move lets its clock run out.</summary>
    public async Task<(GameWonEvent Won, GameSettledEvent Settled, int Moves, ulong Gas)> DisputeAsync(Case what, (Actor Actor, IRunAccount Account) provider, (Actor Actor, IRunAccount Account) challenger)
    {
        (await local.Market.Token.ApproveAsync(challenger.Actor.Sender, _judge, LocalMarket.Units(1), Cancel)).Require();
        var reader = new ContractReader(local.Market.Client, _judge);
        var (rounds, _) = await reader.ReadAsync<MeasureOfFunction, MeasureOfResult>(new(Story.Mfuel, (byte)what.Story.Program.CodeDepth), Cancel);
        var length = 1L << (5 * rounds);
        var first = what.Story.Truth.At(0, Cancel);
        var hashes = challenger.Account.Cut(0, length, Cancel);
        var opened = (await challenger.Actor.Sender.SendAsync(_judge, new OpenFunction(Accuse(what), [.. hashes]), Cancel)).Require();
        var game = opened.Of<LeaseChallengedEvent>(_judge).Single().Game;
        Assert.Equal(first, opened.Of<GameOpenedEvent>(_judge).Single().From);

        var gas = opened.GasUsed;
        var (start, from, moves) = (0L, first, 1);
        GameWonEvent won;
        while (true)
        {
            var (actor, account) = moves % 2 == 1 ? provider : challenger;
            var part = length / 32;
            var index = Enumerable.Range(0, 32).First(i => hashes[i] != account.At(start + (part * (i + 1)), Cancel));
            var agreedAt = start + (part * index);
            var agreed = index == 0 ? from : hashes[index - 1];
            var parting = new PartingTuple(
                from, index + 1, agreed, index == 0 ? [] : [.. GameAccount.Path([.. hashes], index - 1)], hashes[index], [.. GameAccount.Path([.. hashes], index)]);
            if (part == 1)
            {
                var proof = HexBytes.Wrap(account.Show(agreedAt, Cancel).Proof);
                var outcome = await actor.Sender.SendAsync(_judge, new ProveFunction(game, parting, proof), Cancel);
                if (outcome is SendOutcome.Mined proven)
                {
                    won = proven.Receipt.Of<GameWonEvent>(_judge).Single();
                    gas += proven.Receipt.GasUsed;
                    break;
                }

                // A liar stands before the step where it parts from the truth and has no proof.
                Assert.Contains(Assert.IsType<SendOutcome.Refused>(outcome).Error.Name, (string[])["GameStepHolds", "StepStateHash"]);
                var (deadline, _) = await reader.ReadAsync<DeadlineOfFunction, DeadlineOfResult>(new(game), Cancel);
                await local.PassAsync((ulong)deadline - (await local.Market.Clock.NowAsync(Cancel)).Seconds + 1);
                var other = moves % 2 == 1 ? challenger.Actor : provider.Actor;
                won = (await other.Sender.SendAsync(_judge, new TimeoutFunction(game), Cancel)).Require().Of<GameWonEvent>(_judge).Single();
                break;
            }

            var mine = account.Cut(agreedAt, part, Cancel);
            gas += (await actor.Sender.SendAsync(_judge, new DissectFunction(game, parting, [.. mine]), Cancel)).Require().GasUsed;
            (start, from, hashes, length) = (agreedAt, agreed, mine, part);
            moves++;
        }

        var settled = (await provider.Actor.Sender.SendAsync(_judge, new Settle(what.Words, what.Lease.ToWord(), 0, challenger.Actor.Account), Cancel)).Require();
        return (won, settled.Of<GameSettledEvent>(_judge).Single(), moves, gas + settled.GasUsed);
    }

    public static AccusationTuple Accuse(Case what) => new(
        what.Words, new Scope(what.Terms.ClassKey.Packed, what.Terms.Work, what.Terms.DeviceNumbers()),
        new WorkWords(what.Work.Module, what.Work.Program, what.Work.Manifest, what.Work.ToLimitsWord()), what.Lease.ToWord(), 0, HexBytes.Wrap(what.Record), [],
        HexBytes.Wrap(what.Input), [], HexBytes.Wrap(what.Story.Program.Preimage.ToArray()));

    public async Task<BigInteger> OwedAsync(Address account) => await new ContractReader(local.Market.Client, _judge).ReadAsync<OwedFunction, BigInteger>(new(account), Cancel);

    /// <summary>Where an actor's money is: tokens, credit in the market, and what the judge owes it.</summary>
    public async Task<BigInteger> WorthAsync(Address account) =>
        (BigInteger)(UInt128)(await local.Market.Token.BalanceAsync(account, Cancel)).BaseUnits + (BigInteger)(UInt128)(await local.Market.Market.CreditAsync(account, Cancel)).BaseUnits + await OwedAsync(account);

    public async Task<DeviceTuple> DeviceAsync(DeviceId device) => await local.Market.Market.DeviceAsync(device, Cancel);
}
