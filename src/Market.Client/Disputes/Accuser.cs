using System.Collections.Immutable;
using Market.Chain.Contracts;
using Market.Chain.Generated.DisputeGame;
using Market.Chain.Projection;
using Market.Domain.Jobs;
using Market.Ethereum;
using Market.Hashing;

namespace Market.Client.Disputes;

/// <summary>Puts together what opens a game: the result that is wrong with its place in the offer, and the accuser's account of the run.</summary>
public sealed class Accuser(InputLocator inputs, RunLocator locator, AccountShelf accounts, JudgeAccount judge)
{
    /// <summary>The accusation and the account's 32 hashes of the whole run; null, or in words what is missing.</summary>
    public async Task<(AccusationTuple? Accusation, ImmutableArray<Hash256> Hashes, string? Missing)> PrepareAsync(
        MarketState state, LeaseEntry entry, uint tasklet, CommittedRecord record, CancellationToken cancel)
    {
        var offer = state.Offers[entry.Lease.Offer];
        var (input, withheld) = await inputs.FindAsync(state, entry, tasklet, cancel);
        if (input is null) return (null, [], withheld!.Words);
        if (!input.IsJudged) return (null, [], $"an input that one transaction can show: {EvidenceWeight.Most:N0} bytes of outputs and their proofs");
        var (run, missing) = await locator.FindAsync(state, entry.Key, tasklet, cancel);
        if (run is null) return (null, [], missing!.Words);
        var rounds = await judge.RoundsAsync(offer.Terms, run.Program.CodeDepth, cancel);
        var hashes = await accounts.AskAsync(entry.Key, tasklet, run, (account, token) => account.Cut(0, 1L << (5 * rounds), token), cancel);
        var accusation = new AccusationTuple(
            JudgeAccount.TermsOf(offer.Terms),
            new ScopeTuple(offer.Terms.ClassKey.Packed, offer.Terms.Work, offer.Terms.DeviceNumbers()),
            new WorkTuple(offer.Work.Module, offer.Work.Program, offer.Work.Manifest, offer.Work.ToLimitsWord()),
            entry.Lease.ToWord(),
            tasklet,
            HexBytes.Wrap(record.Bytes),
            record.Proof,
            HexBytes.Wrap(input.Opening),
            input.Proof,
            HexBytes.Wrap(run.Program.Preimage.ToArray()));
        return (accusation, [.. hashes], null);
    }
}
