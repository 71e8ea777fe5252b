using Grpc.Core;
using Grpc.Core.Interceptors;
using Market.Blobs;
using Market.Hashing;
using Microsoft.Extensions.Logging;

namespace Market.Transport.Serving;

/// <summary>Makes every outcome of a method a status code: no exception's text leaves the process.</summary>
internal sealed partial class OutcomeInterceptor(ILogger<OutcomeInterceptor> logger) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(context, () => continuation(request, context));

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(context, () => continuation(new CarefulReader<TRequest>(requestStream), context));

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
            await continuation(new CarefulReader<TRequest>(requestStream), responseStream, context);
            return true;
        });

    private async Task<T> GuardAsync<T>(ServerCallContext context, Func<Task<T>> handle)
    {
        try
        {
            if (!CallGate.HasPassed(context)) throw new InvalidOperationException("there is no gate before this method");
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
    }

    [LoggerMessage(3002, LogLevel.Debug, "Caller of {Method} hung up")]
    private partial void LogHungUp(Exception exception, string method);

    [LoggerMessage(3003, LogLevel.Warning, "Blob {Blob} is damaged on disk; it was dropped and must be fetched again")]
    private partial void LogDamaged(BlobName blob);

    [LoggerMessage(3004, LogLevel.Error, "Call of {Method} failed")]
    private partial void LogFailed(Exception exception, string method);
}
