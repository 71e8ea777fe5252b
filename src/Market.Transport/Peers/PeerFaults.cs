using Grpc.Core;
using Market.Transport.Serving;

namespace Market.Transport.Peers;

/// <summary>Reads the status that a call ended with.</summary>
internal static class PeerFaults
{
    public static PeerReply<T> Read<T>(RpcException exception)
        where T : class
    {
        var reason = Refusals.ReasonOf(exception);
        var outcome = exception.StatusCode switch
        {
            StatusCode.DeadlineExceeded => PeerOutcome.TimedOut,

            // Without a reason of ours it was this side that refused: a message larger than any honest one.
            StatusCode.ResourceExhausted => reason is null ? PeerOutcome.Faulty : PeerOutcome.Busy,
            StatusCode.Aborted => PeerOutcome.Busy,
            StatusCode.Unauthenticated or StatusCode.PermissionDenied or StatusCode.InvalidArgument or StatusCode.NotFound
                or StatusCode.FailedPrecondition or StatusCode.Unimplemented => PeerOutcome.Refused,
            _ => PeerOutcome.Unavailable,
        };
        return new PeerReply<T>(outcome, null, reason ?? exception.StatusCode.ToString());
    }

    public static PeerReply<T> Faulty<T>(string reason)
        where T : class => new(PeerOutcome.Faulty, null, reason);
}
