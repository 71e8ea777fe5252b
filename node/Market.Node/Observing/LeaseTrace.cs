using System.Collections;
using System.Diagnostics;
using Market.Domain.Leases;
using Market.Domain.Offers;

namespace Market.Node.Observing;

/// <summary>Spans of a lease, in the trace of its offer.</summary>
internal static class LeaseTrace
{
    /// <summary>Name of the source that listeners add.</summary>
    public const string SourceName = "Market.Provider.Leases";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>Starts a span such as <c>lease run</c>; null if nobody listens.</summary>
    public static Activity? Start(string step, Lease lease)
    {
        var span = Source.StartActivity($"lease {step}", ActivityKind.Internal, JobTrace.Of(lease.Offer));
        span?.SetTag("market.offer", lease.Offer.ToString());
        span?.SetTag("market.lease", lease.Key().ToString());
        span?.SetTag("market.device", (long)lease.Device.Value);
        span?.SetTag("market.attempt", (int)lease.Attempt);
        return span;
    }
}

/// <summary>What every log line about a lease carries.</summary>
internal sealed class LeaseScope(Lease lease) : IReadOnlyList<KeyValuePair<string, object?>>
{
    private readonly KeyValuePair<string, object?>[] _values =
    [
        new("offer", lease.Offer.ToString()), new("lease", lease.Key().ToString()), new("trace_id", JobTrace.IdOf(lease.Offer)),
    ];

    /// <inheritdoc/>
    public int Count => _values.Length;

    /// <inheritdoc/>
    public KeyValuePair<string, object?> this[int index] => _values[index];

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => _values.AsEnumerable().GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public override string ToString() => $"lease {_values[1].Value}";
}
