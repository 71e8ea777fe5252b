using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Market.Ethereum.Rpc;

/// <summary>JSON-RPC 2.0 over HTTP.</summary>
public sealed class JsonRpcClient : IJsonRpc
{
    private readonly HttpClient _http;
    private readonly JsonRpcOptions _options;
    private readonly TimeProvider _time;
    private long _lastId;

    /// <summary>Calls <paramref name="endpoint"/>.</summary>
    public JsonRpcClient(Uri endpoint, JsonRpcOptions options, TimeProvider time)
        : this(endpoint, options, time, new SocketsHttpHandler
        {
            // Hardhat closes idle connections after a few seconds; a request into that moment is lost.
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(2),
            AllowAutoRedirect = false,
            UseCookies = false,
        })
    {
    }

    internal JsonRpcClient(Uri endpoint, JsonRpcOptions options, TimeProvider time, HttpMessageHandler handler)
    {
        Endpoint = endpoint;
        _options = options;
        _time = time;
        _http = new HttpClient(handler) { Timeout = System.Threading.Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = options.MaxResponseBytes };
    }

    /// <summary>Who is called.</summary>
    public Uri Endpoint { get; }

    /// <summary>Calls a method that may safely be called twice: a broken connection is tried once more.</summary>
    /// <exception cref="JsonRpcException">The endpoint answered with an error.</exception>
    /// <exception cref="RpcUnreachableException">It did not answer.</exception>
    public async Task<T?> CallAsync<T>(string method, JsonArray parameters, JsonTypeInfo<T> type, CancellationToken cancel)
    {
        try
        {
            return await CallOnceAsync(method, parameters, type, cancel);
        }
        catch (RpcUnreachableException e) when (e.InnerException is HttpRequestException { StatusCode: null } or SocketException or IOException)
        {
            return await CallOnceAsync(method, parameters, type, cancel);
        }
    }

    /// <summary>Calls a method that must not be called twice.</summary>
    /// <exception cref="JsonRpcException">The endpoint answered with an error.</exception>
    /// <exception cref="RpcUnreachableException">It did not answer; whether the call took effect is unknown.</exception>
    public async Task<T?> CallOnceAsync<T>(string method, JsonArray parameters, JsonTypeInfo<T> type, CancellationToken cancel)
    {
        var request = new JsonObject
        {
            ["jsonrpc"] = "2.0",
            ["id"] = Interlocked.Increment(ref _lastId),
            ["method"] = method,
            ["params"] = parameters.DeepClone(),
        };
        var body = await SendAsync(System.Text.Encoding.UTF8.GetBytes(request.ToJsonString()), cancel);
        try
        {
            using var document = JsonDocument.Parse(body);
            var answer = document.RootElement;
            if (answer.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object) throw ToException(method, error);
            return answer.GetProperty("result").Deserialize(type);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new RpcUnreachableException(Endpoint, $"{method}: the answer is not what JSON-RPC says", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static JsonRpcException ToException(string method, JsonElement error)
    {
        var code = error.TryGetProperty("code", out var number) && number.TryGetInt32(out var value) ? value : 0;
        var message = error.TryGetProperty("message", out var text) ? text.GetString() ?? "" : "";
        HexBytes? data = null;
        if (error.TryGetProperty("data", out var raw))
        {
            // Hardhat wraps the bytes of a failed send in an object.
            if (raw.ValueKind == JsonValueKind.Object && raw.TryGetProperty("data", out var inner)) raw = inner;
            if (raw.ValueKind == JsonValueKind.String && Market.Hashing.Hex.TryDecode(raw.GetString(), out var bytes)) data = HexBytes.Wrap(bytes);
        }

        return new JsonRpcException(method, code, message, data);
    }

    private async Task<byte[]> SendAsync(byte[] request, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(_options.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        using var content = new ByteArrayContent(request);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        try
        {
            using var response = await _http.PostAsync(Endpoint, content, either.Token);
            var body = await response.Content.ReadAsByteArrayAsync(either.Token);

            // Some endpoints answer errors with status 400 or 500 and a JSON-RPC body, which says more than the status.
            if (response.IsSuccessStatusCode || body.AsSpan().TrimStart(" \r\n\t"u8).StartsWith("{"u8)) return body;
            throw new RpcUnreachableException(Endpoint, $"HTTP status {(int)response.StatusCode}");
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or IOException)
        {
            // A connection that is reset in the moment in which it stands comes out as a bare SocketException.
            throw new RpcUnreachableException(Endpoint, e.Message, e);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new RpcUnreachableException(Endpoint, $"no answer within {_options.Timeout.TotalSeconds:0.#} s", e);
        }
    }
}
