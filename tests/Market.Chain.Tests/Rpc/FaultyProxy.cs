using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Market.Chain.Development;

namespace Market.Chain.Tests.Rpc;

/// <summary>How a proxy treats the next requests.</summary>
internal enum Fault
{
    None,

    /// <summary>Answers only when the client has given up.</summary>
    Silent,

    /// <summary>Closes the connection without an answer.</summary>
    Reset,

    /// <summary>Answers with text that is no JSON.</summary>
    Garbage,

    /// <summary>Says that it serves another chain.</summary>
    OtherChain,

    /// <summary>Serves a market with another genesis stamp.</summary>
    OtherGenesis,

    /// <summary>Refuses everything for being asked too much.</summary>
    Overloaded,

    /// <summary>Knows of no events, as an endpoint does whose index lags behind its blocks.</summary>
    NoEvents,

    /// <summary>Shows the chain as it was some blocks ago.</summary>
    Stale,

    /// <summary>Asks another real chain.</summary>
    Elsewhere,
}

/// <summary>Stands between a client and a real chain and passes requests on, or treats them as <see cref="Fault"/> says.</summary>
internal sealed class FaultyProxy : IDisposable
{
    // The selector of genesis(), which the check of a deployment reads.
    private readonly string _genesis;
    private readonly Uri _chain;
    private readonly HttpListener _listener = new();
    private readonly HttpClient _http = new();
    private readonly CancellationTokenSource _gone = new();
    private int _treated;

    public FaultyProxy(Uri chain, uint genesisSelector)
    {
        _chain = chain;
        _genesis = $"0x{genesisSelector:x8}";
        Uri = new Uri($"http://127.0.0.1:{DevChain.FreePort()}/");
        _listener.Prefixes.Add(Uri.ToString());
        _listener.Start();
        _ = ServeAsync();
    }

    public Uri Uri { get; }

    public Fault Fault { get; set; }

    /// <summary>Requests that met a fault since <see cref="Meet"/>.</summary>
    public int Treated => Volatile.Read(ref _treated);

    /// <summary>Blocks that <see cref="Fault.Stale"/> hides.</summary>
    public ulong Behind { get; set; }

    /// <summary>Whom <see cref="Fault.Elsewhere"/> asks.</summary>
    public Uri? Elsewhere { get; set; }

    /// <summary>Requests passed on, by method.</summary>
    public ConcurrentDictionary<string, int> Passed { get; } = new();

    /// <summary>Treats the next requests so, and counts anew.</summary>
    public void Meet(Fault fault)
    {
        Volatile.Write(ref _treated, 0);
        Fault = fault;
    }

    public void Dispose()
    {
        _gone.Cancel();
        _listener.Close();
        _http.Dispose();
        _gone.Dispose();
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                _ = AnswerAsync(context);
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
            var request = JsonNode.Parse(await reader.ReadToEndAsync(_gone.Token))!.AsObject();
            if (Fault != Fault.None) Interlocked.Increment(ref _treated);
            switch (Fault)
            {
                case Fault.Silent:
                    await Task.Delay(Timeout.Infinite, _gone.Token);
                    return;
                case Fault.Reset:
                    context.Response.Abort();
                    return;
                case Fault.Garbage:
                    await WriteAsync(context, "<html>502 Bad Gateway</html>");
                    return;
                case Fault.Overloaded:
                    await WriteAsync(context, new JsonObject { ["jsonrpc"] = "2.0", ["id"] = request["id"]!.DeepClone(), ["error"] = new JsonObject { ["code"] = -32005, ["message"] = "limit exceeded" } }.ToJsonString());
                    return;
                default:
                    await PassAsync(context, request);
                    return;
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or OperationCanceledException or HttpRequestException or IOException)
        {
            // The client, the chain or the test is gone.
        }
    }

    private async Task PassAsync(HttpListenerContext context, JsonObject request)
    {
        var method = request["method"]!.GetValue<string>();
        var fault = Fault;
        if (fault == Fault.Stale && method == "eth_getBlockByNumber" && request["params"]![0]!.GetValue<string>() == "latest")
        {
            request["params"]![0] = $"0x{await HeightAsync() - Behind:x}";
        }

        Passed.AddOrUpdate(method, 1, (_, n) => n + 1);
        var answer = await AskAsync(request);
        if (fault == Fault.NoEvents && method == "eth_getLogs") answer["result"] = new JsonArray();
        if (fault == Fault.OtherChain && method == "eth_chainId") answer["result"] = "0x1";
        if (fault == Fault.Stale && method == "eth_blockNumber") answer["result"] = $"0x{Convert.ToUInt64(answer["result"]!.GetValue<string>(), 16) - Behind:x}";
        if (fault == Fault.OtherGenesis && method == "eth_call" && request["params"]![0]!["data"]!.GetValue<string>().StartsWith(_genesis, StringComparison.Ordinal))
        {
            answer["result"] = "0x" + new string('1', 64);
        }

        await WriteAsync(context, answer.ToJsonString());
    }

    private async Task<ulong> HeightAsync() =>
        Convert.ToUInt64((await AskAsync(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = 1, ["method"] = "eth_blockNumber", ["params"] = new JsonArray() }))["result"]!.GetValue<string>(), 16);

    private async Task<JsonObject> AskAsync(JsonObject request)
    {
        using var content = new StringContent(request.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await _http.PostAsync(Fault == Fault.Elsewhere ? Elsewhere : _chain, content, _gone.Token);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync(_gone.Token))!.AsObject();
    }

    private static async Task WriteAsync(HttpListenerContext context, string body)
    {
        context.Response.ContentType = "application/json";
        await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
        context.Response.Close();
    }
}
