using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Market.Transport.Tokens;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Market.Transport.Serving;

/// <summary>
/// Reads and writes gRPC's headers where the framework does not do it: before a call is begun and after it ended.
/// Source: gRPC over HTTP/2, "Requests" and "Responses".
/// </summary>
internal static class WireStatus
{
    private const string StatusHeader = "grpc-status";
    private const string MessageHeader = "grpc-message";
    private const string DetailsHeader = "grpc-status-details-bin";
    private const int MaxTimeoutDigits = 8;

    /// <summary>Time that the caller gives the call; null if it gives none, or not in gRPC's form.</summary>
    public static TimeSpan? DeadlineOf(HttpRequest request)
    {
        var text = request.Headers["grpc-timeout"].ToString();
        if (text.Length < 2 || text.Length > MaxTimeoutDigits + 1) return null;
        if (!long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var value)) return null;
        return text[^1] switch
        {
            'H' => TimeSpan.FromHours(value),
            'M' => TimeSpan.FromMinutes(value),
            'S' => TimeSpan.FromSeconds(value),
            'm' => TimeSpan.FromMilliseconds(value),
            'u' => TimeSpan.FromMicroseconds(value),
            'n' => TimeSpan.FromTicks(value / 100),
            _ => null,
        };
    }

    /// <summary>The bytes that should be a call token; empty if there are none.</summary>
    public static byte[] TokenOf(HttpRequest request)
    {
        // More than one token, joined by a comma, is none.
        var text = request.Headers[CallToken.Header].ToString();
        if (text.Length is 0 or > 4 * CallToken.Size) return [];
        var bytes = new byte[text.Length];
        var padded = text.Length % 4 == 0 ? text : text.PadRight(text.Length + 4 - (text.Length % 4), '=');
        return Convert.TryFromBase64String(padded, bytes, out var length) ? bytes[..length] : [];
    }

    /// <summary>Ends a call that was not begun with a refusal.</summary>
    public static void Write(HttpResponse response, Refusal refusal)
    {
        Write(response, Refusals.CodeOf(refusal));
        Set(response.Headers, refusal);
    }

    /// <summary>Ends a call that was not begun with a bare status.</summary>
    public static void Write(HttpResponse response, StatusCode code)
    {
        response.ContentType = "application/grpc";
        response.Headers[StatusHeader] = ((int)code).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// The framework ends calls whose messages it cannot read as UNKNOWN or INTERNAL; methods of this project never do
    /// without a reason. Says what it is: malformed.
    /// </summary>
    public static void Clarify(HttpContext context)
    {
        var trailers = context.Response.HasStarted ? context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers : context.Response.Headers;
        if (trailers is null || trailers.IsReadOnly || trailers.ContainsKey(DetailsHeader)) return;
        if (trailers[StatusHeader].ToString() is not ("2" or "13")) return;
        trailers[StatusHeader] = ((int)Refusals.CodeOf(Refusal.Malformed)).ToString(CultureInfo.InvariantCulture);
        Set(trailers, Refusal.Malformed);
    }

    private static void Set(IHeaderDictionary headers, Refusal refusal)
    {
        headers[MessageHeader] = Refusals.Name(refusal);
        headers[DetailsHeader] = Convert.ToBase64String(Refusals.StatusOf(refusal).ToByteArray()).TrimEnd('=');
    }
}
