using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Market.Cli.Shell;
using Market.Client.Faults;
using Market.Client.Providers;

namespace Market.Cli.Commands.Provider;

/// <summary><c>market provider status</c>: money from the chain, work from the node.</summary>
internal static class ProviderStatus
{
    public static Command Create(Terminal terminal)
    {
        var config = ProviderCommand.ConfigOption();
        return new Command("status", "Show stake, earnings and what the node does, or why it is idle") { config }.Runs(terminal, async (context, cancel) =>
        {
            var device = await ProviderCommand.OpenAsync(context, context.Get(config)!, cancel);
            using var market = device.Market;
            var asset = await market.Token.AssetAsync(cancel);
            var money = await ChainFaults.TranslateAsync(() => new ProviderStake(market).LookAsync(device.Owner, device.Operator, cancel), asset);
            var node = await NodeAsync(new Uri($"http://{device.Config.Listen.Health}/status"), cancel);
            var document = new ProviderDocument(
                "market.provider/1", device.Config.Name, money.Device?.ToString(),
                MoneyDocument.Of(asset, money.Stake), MoneyDocument.Of(asset, money.Locked), MoneyDocument.Of(asset, money.Free), MoneyDocument.Of(asset, money.Credit), node);
            await context.WriteAsync(document, ProviderJson.Default.ProviderDocument, Text);
            return ExitCode.Ok;
        });
    }

    private static string Text(ProviderDocument d) => $"""
        device   {d.Name} ({(d.Device is null ? "not registered: market provider stake" : $"#{d.Device}")})
        stake    {d.Stake}   locked {d.Locked}   free {d.Free}
        credit   {d.Credit}
        node     {NodeText(d.Node)}
        """;

    private static string NodeText(JsonElement? node)
    {
        if (node is not { } status) return "does not answer: market provider run";
        var text = status.TryGetProperty("ready", out var ready) && ready.GetBoolean() ? "ready" : "not ready";
        if (status.TryGetProperty("notReadyBecause", out var reasons) && reasons.GetArrayLength() > 0) text += ": " + string.Join("; ", reasons.EnumerateArray().Select(r => r.GetString()));
        if (status.TryGetProperty("bid", out var bid)) text += $"\nbid      {bid}";
        if (status.TryGetProperty("leases", out var leases)) text += $"\nleases   {leases.GetArrayLength()} running";
        if (status.TryGetProperty("offersOfTheLastHour", out var offers)) text += $"\noffers   {string.Join(", ", offers.EnumerateObject().Select(o => $"{o.Value} {o.Name}"))}";
        return text;
    }

    private static async Task<JsonElement?> NodeAsync(Uri status, CancellationToken cancel)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(3), MaxResponseContentBufferSize = 1 << 20 };
        try
        {
            return JsonDocument.Parse(await http.GetStringAsync(status, cancel)).RootElement;
        }
        catch (Exception e) when (e is HttpRequestException or JsonException || (e is TaskCanceledException && !cancel.IsCancellationRequested))
        {
            return null;
        }
    }
}

internal sealed record ProviderDocument(
    string Schema, string Name, string? Device, MoneyDocument Stake, MoneyDocument Locked, MoneyDocument Free, MoneyDocument Credit, JsonElement? Node);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ProviderDocument))]
internal sealed partial class ProviderJson : JsonSerializerContext;
