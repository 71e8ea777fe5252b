using System.Diagnostics;
using Market.Hashing;

namespace Market.Domain.Offers;

/// <summary>
/// The trace that everything about one offer belongs to. Its id is cut from the offer's, so that the consumer and every
/// device write into one trace without telling each other anything.
/// </summary>
public static class JobTrace
{
    // W3C Trace Context: 16 bytes name a trace, 8 a span.
    private const int TraceSize = 16;
    private const int SpanSize = 8;

    /// <summary>The parent of every span about <paramref name="offer"/>; the offer itself has no span of its own.</summary>
    public static ActivityContext Of(OfferId offer)
    {
        Span<byte> id = stackalloc byte[Hash256.Size];
        offer.Value.CopyTo(id);
        return new ActivityContext(
            ActivityTraceId.CreateFromBytes(id[..TraceSize]),
            ActivitySpanId.CreateFromBytes(id.Slice(TraceSize, SpanSize)),
            ActivityTraceFlags.Recorded,
            isRemote: true);
    }

    /// <summary>The trace's id as tracing tools write it: 32 hexadecimal digits.</summary>
    public static string IdOf(OfferId offer) => Of(offer).TraceId.ToHexString();
}
