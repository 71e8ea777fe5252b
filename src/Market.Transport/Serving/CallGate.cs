using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Market.Blobs;
using Market.Hashing;
using Market.Transport.Tokens;
using Microsoft.Extensions.Logging;

namespace Market.Transport.Serving;

/// <summary>Decides whether an account may call at all: whoever runs a device or has credit, for instance.</summary>
public delegate bool CallerAdmission(Address caller);

/// <summary>
/// The one interceptor: deadline, token, admission and rate before a method of this project's own; afterwards every
/// outcome becomes a status code, and no exception's text leaves the process.
/// </summary>
internal sealed partial class CallGate(
    TokenVerifier tokens, CallerBook callers, CallerAdmission admits, TransportOptions options, TimeProvider time, ILogger<CallGate> logger)
    : Interceptor
{
    private const string OwnMethods = "/market.";
    private static readonly object CallerKey = new();

    /// <summary>The caller of a method that requires a token.</summary>
    public static Address CallerOf(ServerCallContext context) => (Address)context.UserState[CallerKey];

    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(context, () => continuation(request, context));

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(context, () => continuation(requestStream, context));

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(context, async () =>
        {
            await continuation(request, responseStream, context);
            return true;
        });

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(context, async () =>
        {
            await continuation(requestStream, responseStream, context);
            return true;
        });

    private async Task<T> GuardAsync<T>(ServerCallContext context, Func<Task<T>> handle)
    {
        // Health checks and reflection are not ours and answer anyone.
        if (!context.Method.StartsWith(OwnMethods, StringComparison.Ordinal)) return await handle();

        var deadline = context.Deadline;
        if (deadline == DateTime.MaxValue || deadline - time.GetUtcNow().UtcDateTime > options.MaxDeadline)
        {
            throw Refuse(context, Refusal.DeadlineRequired);
        }

        var entry = context.RequestHeaders.GetValueBytes(CallToken.Header);
        var verdict = tokens.Verify(entry, context.Method, out var caller);
        if (verdict != TokenVerdict.Valid) throw Refuse(context, RefusalOf(verdict));
        if (!admits(caller)) throw Refuse(context, Refusal.CallerUnknown);
        if (!callers.TryEnter(caller)) throw Refuse(context, Refusal.RateExceeded);

        context.UserState[CallerKey] = caller;
        try
        {
            return await handle();
        }
        catch (RpcException)
        {
            throw;
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            throw new RpcException(new Grpc.Core.Status(StatusCode.Cancelled, ""));
        }
        catch (InvalidProtocolBufferException)
        {
            throw Refuse(context, Refusal.Malformed);
        }
        catch (BlobDamagedException e)
        {
            LogDamaged(e.Name);
            throw Refusal.NotReady.ToException();
        }
        catch (IOException e) when (context.CancellationToken.IsCancellationRequested)
        {
            LogHungUp(e, context.Method);
            throw new RpcException(new Grpc.Core.Status(StatusCode.Cancelled, ""));
        }
#pragma warning disable CA1031 // The edge of a request: nothing may pass it but a status.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogFailed(e, context.Method);
            throw Refusal.Internal.ToException();
        }
        finally
        {
            callers.Leave(caller);
        }
    }

    private static Refusal RefusalOf(TokenVerdict verdict) => verdict switch
    {
        TokenVerdict.Missing => Refusal.TokenMissing,
        TokenVerdict.Expired or TokenVerdict.TooLong => Refusal.TokenExpired,
        TokenVerdict.Replayed => Refusal.TokenReplayed,
        TokenVerdict.Crowded => Refusal.RateExceeded,
        _ => Refusal.TokenForeign,
    };

    private RpcException Refuse(ServerCallContext context, Refusal refusal)
    {
        LogRefused(context.Method, refusal);
        return refusal.ToException();
    }

    [LoggerMessage(3001, LogLevel.Debug, "Call of {Method} refused: {Refusal}")]
    private partial void LogRefused(string method, Refusal refusal);

    [LoggerMessage(3002, LogLevel.Debug, "Caller of {Method} hung up")]
    private partial void LogHungUp(Exception exception, string method);

    [LoggerMessage(3003, LogLevel.Warning, "Blob {Blob} is damaged on disk; it was dropped and must be fetched again")]
    private partial void LogDamaged(BlobName blob);

    [LoggerMessage(3004, LogLevel.Error, "Call of {Method} failed")]
    private partial void LogFailed(Exception exception, string method);
}
