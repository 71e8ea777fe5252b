using System.Collections.Concurrent;
using Market.Chain.Generated.DisputeGame;
using Market.Chain.Generated.JobManager;
using Market.Chain.Jobs;
using Market.Chain.Projection;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Offers;
using Market.Domain.Results;
using Market.Hashing;
using Market.Wasm;

namespace Market.Client.Disputes;

/// <summary>
/// Finds what a disputed tasklet reads: by the manifest that its offer names, or by the rule of a stage that reads others, from the
/// results that the rule names.
/// </summary>
public sealed class InputLocator(EvidenceStore evidence)
{
    private readonly ConcurrentDictionary<(LeaseKey, uint), TaskletInput> _learnt = new();

    /// <summary>Keeps an input that was shown to the judge, for the case that nobody gives what it follows from.</summary>
    public void Learn(LeaseKey lease, uint tasklet, InputRuleTuple rule, byte[] stdin, byte[] opening)
    {
        if (InputFrame.TryDecode(rule.Frame.Span, out var template)) _learnt[(lease, tasklet)] = Input(template!, new DerivedInput(stdin, opening, true));
    }

    /// <summary>The input, or what is missing.</summary>
    /// <param name="state">What the chain says.</param>
    /// <param name="entry">The tasklet's lease.</param>
    /// <param name="tasklet">The tasklet, by its number in the offer.</param>
    /// <param name="cancel">Stops.</param>
    public async Task<(TaskletInput? Input, Gap? Missing)> FindAsync(MarketState state, LeaseEntry entry, uint tasklet, CancellationToken cancel)
    {
        var offer = state.Offers[entry.Lease.Offer];
        if (offer.Work.Inputs == InputKind.Manifest) return await ListedAsync(offer, entry.Lease.Device, tasklet, cancel);
        if (_learnt.TryGetValue((entry.Key, tasklet), out var learnt)) return (learnt, null);
        var rule = state.Rules.GetValueOrDefault(entry.Lease.Offer);
        return rule is null || rule.Hash() != offer.Work.Manifest || (byte)rule.Kind != (byte)offer.Work.Inputs
            ? (null, new Gap("the rule of its inputs"))
            : await DerivedAsync(rule, state, entry.Lease.Device, tasklet, cancel);
    }

    private async Task<(TaskletInput? Input, Gap? Missing)> ListedAsync(OfferEntry offer, DeviceId maker, uint tasklet, CancellationToken cancel)
    {
        if (await evidence.ReadAsync(offer.Work.ManifestBlob(offer.Terms.Total), maker, cancel) is not { } bytes) return (null, new Gap("the manifest", PieceCode.Manifest, 0, offer.Work.ManifestBlob(offer.Terms.Total)));
        if (!Manifest.TryDecode(bytes, out var manifest) || tasklet >= manifest!.Records.Length) return (null, new Gap("a manifest that holds the tasklet"));
        var record = manifest.Records[(int)tasklet];
        if (await evidence.ReadAsync(record.Frame, maker, cancel) is not { } frame) return (null, new Gap("the input's frame", PieceCode.Frame, tasklet, record.Frame));
        if (await evidence.ReadAsync(record.Stdin, maker, cancel) is not { } stdin) return (null, new Gap("the input", PieceCode.Stdin, tasklet, record.Stdin));
        return (new TaskletInput(frame, stdin, Leaf(bytes, (int)tasklet), [.. ByteTree.Siblings(bytes, tasklet)], true), null);
    }

    private async Task<(TaskletInput? Input, Gap? Missing)> DerivedAsync(InputRuleTuple rule, MarketState state, DeviceId maker, uint tasklet, CancellationToken cancel)
    {
        if (!InputFrame.TryDecode(rule.Frame.Span, out var template)) return (null, new Gap("a well-formed frame"));
        var (derived, missing) = await DerivedInput.FindAsync(rule, state, tasklet, (name, token) => evidence.ReadAsync(name, maker, token), cancel);
        return derived is null ? (null, new Gap(missing!, PieceCode.Stdin, tasklet)) : (Input(template!, derived), null);
    }

    private static TaskletInput Input(InputFrame template, DerivedInput derived) =>
        new((template with { StdinLength = (ulong)derived.Stdin.Length }).Encode(), derived.Stdin, derived.Opening, [], derived.IsJudged);

    private static byte[] Leaf(byte[] content, int position) => content.AsSpan(position * ByteTree.LeafSize, ByteTree.LeafSize).ToArray();
}
