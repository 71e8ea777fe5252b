using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Market.Transport.Serving;

/// <summary>Marks connections that came to the gRPC port: what a request says of its host proves nothing.</summary>
internal sealed class TransportListener;

/// <summary>Connections by the address that they come from, so that one machine cannot take all there are.</summary>
internal sealed class ConnectionBook(int maxPerAddress)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, int> _open = [];

    /// <summary>Sees a connection to its end, or hangs up at once, before anything is read.</summary>
    public async Task PassAsync(ConnectionContext connection, Func<Task> next)
    {
        var address = (connection.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        if (!TryEnter(address))
        {
            connection.Abort();
            return;
        }

        try
        {
            connection.Features.Set(new TransportListener());
            await next();
        }
        finally
        {
            Leave(address);
        }
    }

    private bool TryEnter(IPAddress address)
    {
        lock (_lock)
        {
            var open = _open.GetValueOrDefault(address);
            if (open >= maxPerAddress) return false;
            _open[address] = open + 1;
            return true;
        }
    }

    private void Leave(IPAddress address)
    {
        lock (_lock)
        {
            if (--_open[address] == 0) _open.Remove(address);
        }
    }
}
