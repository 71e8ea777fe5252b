using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Google.Protobuf;

namespace Market.EndToEnd.Tests.Harness;

/// <summary>One span as a collector received it.</summary>
internal sealed record ReceivedSpan(string TraceId, string ParentId, string Name, string Service, string Instance);

/// <summary>A collector that takes real OTLP over HTTP (protobuf) and reads the spans out of it.</summary>
internal sealed class OtlpSink : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _loop;

    public OtlpSink()
    {
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Endpoint = new Uri($"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/");
        }

        _listener.Prefixes.Add(Endpoint.ToString());
        _listener.Start();
        _loop = Task.Run(ServeAsync);
    }

    public Uri Endpoint { get; }

    public ConcurrentBag<ReceivedSpan> Spans { get; } = [];

    public ConcurrentBag<string> Paths { get; } = [];

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            Paths.Add(context.Request.Url!.AbsolutePath);
            if (context.Request.Url.AbsolutePath == "/v1/traces") ReadRequest(body.ToArray());
            context.Response.ContentType = "application/x-protobuf";
            context.Response.Close();
        }
    }

    // Field numbers from opentelemetry-proto, trace/v1/trace.proto: resource_spans 1 > {resource 1, scope_spans 2 > spans 2}.
    private void ReadRequest(byte[] request)
    {
        foreach (var resourceSpans in Fields(request, 1))
        {
            var resource = Fields(resourceSpans, 1).SelectMany(r => Fields(r, 1)).Select(Attribute).ToDictionary(a => a.Key, a => a.Value);
            foreach (var span in Fields(resourceSpans, 2).SelectMany(s => Fields(s, 2)))
            {
                Spans.Add(new ReceivedSpan(
                    Convert.ToHexStringLower(Fields(span, 1).Single()),
                    Convert.ToHexStringLower(Fields(span, 4).SingleOrDefault() ?? []),
                    System.Text.Encoding.UTF8.GetString(Fields(span, 5).Single()),
                    resource.GetValueOrDefault("service.name", ""),
                    resource.GetValueOrDefault("service.instance.id", "")));
            }
        }
    }

    private static (string Key, string Value) Attribute(byte[] pair) =>
        (System.Text.Encoding.UTF8.GetString(Fields(pair, 1).Single()), System.Text.Encoding.UTF8.GetString(Fields(pair, 2).SelectMany(v => Fields(v, 1)).FirstOrDefault() ?? []));

    private static List<byte[]> Fields(byte[] message, int wanted)
    {
        var found = new List<byte[]>();
        var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag && tag != 0)
        {
            if (WireFormat.GetTagFieldNumber(tag) == wanted && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited) found.Add(input.ReadBytes().ToByteArray());
            else input.SkipLastField();
        }

        return found;
    }
}
