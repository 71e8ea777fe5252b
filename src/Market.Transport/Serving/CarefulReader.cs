using Google.Protobuf;
using Grpc.Core;

namespace Market.Transport.Serving;

/// <summary>
/// Messages of a stream, of which those that cannot be read end the call as malformed: the framework throws for false
/// lengths, false flags and false content each something else, none of which a method could tell from faults of its own.
/// </summary>
internal sealed class CarefulReader<T>(IAsyncStreamReader<T> messages) : IAsyncStreamReader<T>
{
    public T Current => messages.Current;

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        try
        {
            return await messages.MoveNext(cancellationToken);
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidDataException or IOException && !cancellationToken.IsCancellationRequested)
        {
            throw Refusal.Malformed.ToException();
        }
    }
}
