using System.Globalization;
using System.Net;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Market.Hashing;
using Market.Transport.Tokens;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Market.Transport.Serving;

/// <summary>Decides whether an account may call at all: whoever runs a device or has credit, for instance.</summary>
public delegate bool CallerAdmission(Address caller);

/// <summary>
/// Stands before every method of a node's gRPC port: deadline, token, admission and rate, all from the headers, before a
/// byte of the request is read. It goes by the method that was found, not by the path: paths match in any letter case.
/// A method that the host marks with <c>AllowAnonymous</c> needs none of it.
/// </summary>
internal sealed partial class CallGate(
    RequestDelegate next,
    TokenVerifier tokens,
    CallerBook callers,
    ForgeryBook forgeries,
    CallerAdmission admits,
    TransportOptions options,
    ILogger<CallGate> logger)
{
    /// <summary>The caller of a method; only the gate lets one pass.</summary>
    /// <exception cref="InvalidOperationException">The gate is not in the pipeline.</exception>
    public static Address CallerOf(ServerCallContext context) =>
        context.GetHttpContext().Features.Get<Passed>()?.Caller ?? throw new InvalidOperationException("the call has no caller");

    /// <summary>Whether the gate let this call pass.</summary>
    public static bool HasPassed(ServerCallContext context) => context.GetHttpContext().Features.Get<Passed>() is not null;

    public async Task InvokeAsync(HttpContext context)
    {
        var method = context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method.FullName;
        var isOurs = context.Features.Get<TransportListener>() is not null;
        if (!isOurs && method is null)
        {
            // Another port of the same host, such as the one for health.
            await next(context);
            return;
        }

        if (!isOurs || method is null)
        {
            // The host's own pages are not for this port, whatever the request says its host is; nor methods for others.
            if (isOurs && context.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) == true) WireStatus.Write(context.Response, StatusCode.Unimplemented);
            else context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        if (context.GetEndpoint()!.Metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            // Marked by the host as open to anyone, such as the health service.
            context.Features.Set(new Passed(null));
            await next(context);
            return;
        }

        if (Admit(context, method, out var caller) is { } refusal)
        {
            LogRefused(method, refusal);
            WireStatus.Write(context.Response, refusal);

            // A caller whose clock is off signs anew by this one. It tells nothing that is not on the chain within seconds.
            if (refusal == Refusal.TokenExpired) context.Response.Headers[CallToken.TimeHeader] = tokens.Now.Seconds.ToString(CultureInfo.InvariantCulture);
            return;
        }

        try
        {
            context.Features.Set(new Passed(caller));
            await next(context);
            WireStatus.Clarify(context);
        }
        finally
        {
            callers.Leave(caller);
        }
    }

    /// <summary>Null if the call may go on; then the caller's place is taken.</summary>
    private Refusal? Admit(HttpContext context, string method, out Address caller)
    {
        caller = default;
        if (WireStatus.DeadlineOf(context.Request) is not { } deadline || deadline > options.MaxDeadline) return Refusal.DeadlineRequired;

        // A signature costs more to check than to make up: whoever sends false ones is not listened to for a while.
        var from = context.Connection.RemoteIpAddress ?? IPAddress.None;
        if (forgeries.IsOver(from)) return Refusal.RateExceeded;
        var verdict = tokens.Verify(WireStatus.TokenOf(context.Request), method, admits, out caller);
        if (verdict == TokenVerdict.Foreign) forgeries.Note(from);
        return verdict == TokenVerdict.Valid ? callers.TryEnter(caller) ? null : Refusal.RateExceeded : RefusalOf(verdict);
    }

    private static Refusal RefusalOf(TokenVerdict verdict) => verdict switch
    {
        TokenVerdict.Missing => Refusal.TokenMissing,
        TokenVerdict.Expired or TokenVerdict.TooLong => Refusal.TokenExpired,
        TokenVerdict.Stranger => Refusal.CallerUnknown,
        TokenVerdict.Replayed => Refusal.TokenReplayed,
        TokenVerdict.Crowded => Refusal.RateExceeded,
        _ => Refusal.TokenForeign,
    };

    [LoggerMessage(3001, LogLevel.Debug, "Call of {Method} refused: {Refusal}")]
    private partial void LogRefused(string method, Refusal refusal);

    private sealed record Passed(Address? Caller);
}
