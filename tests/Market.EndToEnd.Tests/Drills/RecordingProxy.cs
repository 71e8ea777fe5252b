using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Market.EndToEnd.Tests.Drills;

/// <summary>Passes requests on to the chain and keeps the signed transactions among them, as a mempool would after a reorganisation.</summary>
internal sealed class RecordingProxy : IDisposable
{
    private readonly Uri _chain;
    private readonly HttpListener _listener = new();
    private readonly HttpClient _http = new();

    public RecordingProxy(Uri chain)
    {
        _chain = chain;
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Uri = new Uri($"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/");
        }

        _listener.Prefixes.Add(Uri.ToString());
        _listener.Start();
        _ = ServeAsync();
    }

    public Uri Uri { get; }

    /// <summary>Signed transactions in order.</summary>
    public ConcurrentQueue<string> Transactions { get; } = new();

    public void Dispose()
    {
        _listener.Close();
        _http.Dispose();
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                _ = AnswerAsync(await _listener.GetContextAsync());
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            using var reader = new StreamReader(context.Request.InputStream);
            var body = await reader.ReadToEndAsync();
            var request = JsonNode.Parse(body)!;
            if (request["method"]!.GetValue<string>() == "eth_sendRawTransaction") Transactions.Enqueue(request["params"]![0]!.GetValue<string>());
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using var response = await _http.PostAsync(_chain, content);
            context.Response.ContentType = "application/json";
            await context.Response.OutputStream.WriteAsync(await response.Content.ReadAsByteArrayAsync());
            context.Response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or HttpRequestException or IOException)
        {
            // One side is gone.
        }
    }
}
