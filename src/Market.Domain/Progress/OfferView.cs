using System.Collections.Immutable;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;

namespace Market.Domain.Progress;

/// <summary>How far one tasklet is.</summary>
public enum TaskletState
{
    /// <summary>No device has it.</summary>
    Waiting,

    /// <summary>A device runs it.</summary>
    Running,

    /// <summary>Its result is bound and the window runs.</summary>
    Committed,

    /// <summary>Its result is final and paid.</summary>
    Settled,
}

/// <summary>Where an offer stands: a fold over what the chain says of it. After a reorganisation, fold again.</summary>
public sealed record OfferView
{
    // As the contract counts reasons of declines.
    private const byte BadModule = 2;

    /// <summary>The terms.</summary>
    public required Terms Terms { get; init; }

    /// <summary>The offer's own state.</summary>
    public OfferState State { get; init; } = OfferState.None;

    /// <summary>Every lease ever made of it, oldest first.</summary>
    public ImmutableArray<LeaseView> Leases { get; init; } = [];

    /// <summary>What was escrowed.</summary>
    public Amount Escrow { get; init; }

    /// <summary>What came back to the consumer.</summary>
    public Amount Refund { get; init; }

    /// <summary>When it was posted.</summary>
    public UnixTime? PostedAt { get; init; }

    /// <summary>When it was closed.</summary>
    public UnixTime? ClosedAt { get; init; }

    /// <summary>What devices were paid.</summary>
    public Amount Paid => Leases.Aggregate(Amount.Zero, (sum, lease) => sum + lease.Paid);

    /// <summary>What devices lost to the escrow.</summary>
    public Amount Penalties => Leases.Aggregate(Amount.Zero, (sum, lease) => sum + lease.Penalty);

    /// <summary>What the consumer has paid in all, fees and tips included, after devices' penalties; known once the offer is closed.</summary>
    public Amount? Cost => State == OfferState.Closed ? Amount.SubtractToZero(Escrow, Refund) : null;

    /// <summary>Tasklets in leases of <paramref name="state"/>.</summary>
    public uint Count(LeaseState state) => (uint)Leases.Where(lease => lease.State == state).Sum(lease => lease.Lease.Count);

    /// <summary>Tasklets whose results are final.</summary>
    public uint Settled => Count(LeaseState.Settled);

    /// <summary>Tasklets whose results are bound or under dispute.</summary>
    public uint Committed => Count(LeaseState.Committed) + Count(LeaseState.Disputed);

    /// <summary>Tasklets that devices run.</summary>
    public uint Running => Count(LeaseState.Leased);

    /// <summary>Tasklets that no device has.</summary>
    public uint Waiting => Terms.Total - Settled - Committed - Running;

    /// <summary>Devices that handed a range back because of the module itself, which no other device will like better.</summary>
    public int Refusals => Leases.Where(lease => lease is { State: LeaseState.Declined, DeclineReason: BadModule }).Select(lease => lease.Lease.Device).Distinct().Count();

    /// <summary>Whether every tasklet's result is final.</summary>
    public bool IsComplete => Settled == Terms.Total;

    /// <summary>Whether nothing more can come: complete, closed, or past leasing with nothing outstanding.</summary>
    public bool IsOver(UnixTime now) =>
        IsComplete || State == OfferState.Closed || (Running + Committed == 0 && State != OfferState.None && (State == OfferState.Cancelled || now > Terms.Deadline));

    /// <summary>The fold of <paramref name="facts"/>. A fact that no legal step explains is a defect of the follower.</summary>
    /// <exception cref="InvalidOperationException">Facts are missing or out of order.</exception>
    public static OfferView Of(Terms terms, IEnumerable<OfferFact> facts) =>
        facts.Aggregate(new OfferView { Terms = terms }, (view, fact) => view.After(fact));

    /// <summary>The lease that speaks for a tasklet: the one that has not fallen, if any.</summary>
    public LeaseView? LeaseOf(uint tasklet) =>
        Leases.LastOrDefault(lease => lease.Lease.Holds(tasklet) && lease.State is not (LeaseState.Expired or LeaseState.Declined or LeaseState.Voided));

    /// <summary>The state of each tasklet by index.</summary>
    public ImmutableArray<TaskletState> Tasklets()
    {
        var states = new TaskletState[Terms.Total];
        foreach (var lease in Leases)
        {
            TaskletState? state = lease.State switch
            {
                LeaseState.Leased => TaskletState.Running,
                LeaseState.Committed or LeaseState.Disputed => TaskletState.Committed,
                LeaseState.Settled => TaskletState.Settled,
                _ => null,
            };
            if (state is { } known) states.AsSpan((int)lease.Lease.First, (int)lease.Lease.Count).Fill(known);
        }

        return [.. states];
    }

    /// <summary>The offer after one more fact.</summary>
    /// <exception cref="InvalidOperationException">No legal step explains the fact.</exception>
    public OfferView After(OfferFact fact) => fact switch
    {
        OfferWasPosted posted => Step(OfferStep.Post) with { Escrow = posted.Escrow, PostedAt = posted.At },
        OfferWasCancelled cancelled => Step(OfferStep.Cancel) with { Refund = Refund + cancelled.Refund },
        OfferWasClosed closed => Step(OfferStep.Close) with { Refund = Refund + closed.Refund, ClosedAt = closed.At },
        LeaseWasMade made => this with { Leases = Leases.Add(new LeaseView(made.Lease, made.Lease.Key(), made.At, made.Due)) },
        LeaseWasSummoned summoned => Change(summoned.Key, LeaseStep.Summon, lease => lease with { Summoned = true, AppearBy = summoned.AppearBy }),
        LeaseAppeared appeared => Change(appeared.Key, LeaseStep.Appear, lease => lease with { AppearBy = null }),
        LeaseWasCommitted committed => Change(committed.Key, LeaseStep.Commit, lease => lease with
        {
            ResultRoot = committed.ResultRoot,
            FinalAt = committed.FinalAt,
            CommittedAt = committed.At,
            CommitTransaction = committed.Transaction,
        }),
        LeaseWasSettled settled => Change(settled.Key, LeaseStep.Settle, lease => lease with { Paid = settled.Paid, Accepted = settled.Accepted }),
        LeaseFell fell => Change(fell.Key, fell.Step, lease => lease with { Penalty = fell.Penalty, DeclineReason = fell.Reason }),
        LeaseWasDisputed disputed => Change(disputed.Key, LeaseStep.Dispute, lease => lease),
        LeaseWasUpheld upheld => Change(upheld.Key, LeaseStep.Uphold, lease => lease with { Upheld = true }),
        _ => throw new InvalidOperationException($"unknown fact {fact.GetType().Name}"),
    };

    private OfferView Step(OfferStep step) => this with
    {
        State = OfferLifecycle.Next(State, step) ?? throw new InvalidOperationException($"an offer that is {State} does not {step}"),
    };

    private OfferView Change(LeaseKey key, LeaseStep step, Func<LeaseView, LeaseView> change)
    {
        var index = 0;
        while (index < Leases.Length && Leases[index].Key != key) index++;
        if (index == Leases.Length) throw new InvalidOperationException($"no lease {key} was made");
        var lease = Leases[index];
        var next = LeaseLifecycle.Next(lease.State, step) ?? throw new InvalidOperationException($"a lease that is {lease.State} does not {step}");
        return this with { Leases = Leases.SetItem(index, change(lease) with { State = next }) };
    }
}
