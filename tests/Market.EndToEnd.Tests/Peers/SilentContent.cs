using System.Net;

namespace Market.EndToEnd.Tests.Peers;

/// <summary>A request body of which nothing comes until it is let go, and then its end.</summary>
internal sealed class SilentContent : HttpContent
{
    private readonly CancellationToken _letGo;

    public SilentContent(CancellationToken letGo)
    {
        _letGo = letGo;
        Headers.ContentType = new("application/grpc");
    }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await stream.FlushAsync(CancellationToken.None);
        await Task.Delay(Timeout.InfiniteTimeSpan, _letGo).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
