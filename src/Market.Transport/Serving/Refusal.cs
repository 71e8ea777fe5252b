using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace Market.Transport.Serving;

/// <summary>Why a call is refused. Names travel as the ErrorInfo reason and are stable.</summary>
public enum Refusal
{
    /// <summary>Our bug; nothing of it is told.</summary>
    Internal = 0,

    /// <summary>The call has no deadline, or one too far away.</summary>
    DeadlineRequired,

    /// <summary>No token came with the call.</summary>
    TokenMissing,

    /// <summary>The token's time is over, or starts too long before its end.</summary>
    TokenExpired,

    /// <summary>The token is for another method, device, deployment or caller.</summary>
    TokenForeign,

    /// <summary>The token was used before.</summary>
    TokenReplayed,

    /// <summary>The caller is not known to the market: it neither runs a device nor has credit.</summary>
    CallerUnknown,

    /// <summary>The caller may not do this.</summary>
    CallerNotAllowed,

    /// <summary>The caller asks too often, or has too many calls open.</summary>
    RateExceeded,

    /// <summary>The caller, or everyone together, holds as many bytes here as there is room for.</summary>
    QuotaExceeded,

    /// <summary>The request is malformed.</summary>
    Malformed,

    /// <summary>A chunk is not what its blob's name says.</summary>
    WrongContent,

    /// <summary>The upload is at another offset, or somebody else is uploading the blob.</summary>
    WrongOffset,

    /// <summary>The blob is longer than one may be here.</summary>
    TooLarge,

    /// <summary>The next message did not come in time.</summary>
    Stalled,

    /// <summary>This node cannot do it now.</summary>
    NotReady,

    /// <summary>There is no such thing, or it is over.</summary>
    NotFound,

    /// <summary>What is claimed was not shown.</summary>
    ClaimRefuted,
}

/// <summary>Turns refusals into the status that gRPC carries; no other text leaves the process.</summary>
public static class Refusals
{
    private const string Domain = "market.transport";

    /// <summary>The exception that ends a call with this refusal.</summary>
    public static RpcException ToException(this Refusal refusal) => StatusOf(refusal).ToRpcException();

    internal static Google.Rpc.Status StatusOf(Refusal refusal)
    {
        var reason = Name(refusal);
        return new Google.Rpc.Status
        {
            Code = (int)CodeOf(refusal),
            Message = reason,
            Details = { Any.Pack(new ErrorInfo { Domain = Domain, Reason = reason }) },
        };
    }

    /// <summary>The stable reason that came with a status; null if it carries none of ours.</summary>
    public static string? ReasonOf(RpcException exception)
    {
        var info = exception.GetRpcStatus()?.GetDetail<ErrorInfo>();
        return info is { Domain: Domain } ? info.Reason : null;
    }

    /// <summary>The stable reason of a refusal, such as QUOTA_EXCEEDED.</summary>
    public static string Name(Refusal refusal) =>
        string.Concat(refusal.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? "_" + c : char.ToUpperInvariant(c).ToString()));

    /// <summary>The status that carries a refusal.</summary>
    public static StatusCode CodeOf(Refusal refusal) => refusal switch
    {
        Refusal.TokenMissing or Refusal.TokenExpired or Refusal.TokenForeign or Refusal.TokenReplayed => StatusCode.Unauthenticated,
        Refusal.CallerUnknown or Refusal.CallerNotAllowed => StatusCode.PermissionDenied,
        Refusal.RateExceeded or Refusal.QuotaExceeded => StatusCode.ResourceExhausted,
        Refusal.DeadlineRequired or Refusal.Malformed or Refusal.WrongContent or Refusal.TooLarge => StatusCode.InvalidArgument,
        Refusal.WrongOffset or Refusal.Stalled => StatusCode.Aborted,
        Refusal.NotReady => StatusCode.Unavailable,
        Refusal.NotFound => StatusCode.NotFound,
        Refusal.ClaimRefuted => StatusCode.FailedPrecondition,
        _ => StatusCode.Internal,
    };
}
