using System.Text.Json;
using System.Text.RegularExpressions;
using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Drills;

/// <summary>provider.yaml edited under a running node.</summary>
[Collection(DrillMarket.Name)]
public sealed class ReloadTests(LocalMarketFixture local)
{
    private static readonly HttpClient Http = new();

    [Fact]
    public async Task HangUp_TakesAGoodEditOver_AndKeepsTheOldSettingsOnABadOne()
    {
        var file = Path.Combine(local.Home, "dev", "node-1", "provider.yaml");
        var log = Path.Combine(local.Home, "dev", "node-1.log");
        var node = (await local.ProcessesAsync())["node-1"];
        var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        var status = new Uri($"http://{text.Split("health: ")[1].Split('\n')[0].Trim()}/status");
        var before = await BidAsync(status);

        await File.WriteAllTextAsync(file, text.Replace("strategy: fixed", "strategy: fixd", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await Victims.SignalAsync(node, "HUP");
        await LocalMarketFixture.UntilAsync(async () => (await LogAsync(log, 4612)) is not null, "the refusal");
        Assert.Contains("did you mean 'fixed'?", (await LogAsync(log, 4612))!, StringComparison.Ordinal);
        Assert.Equal(before, await BidAsync(status));

        await File.WriteAllTextAsync(file, Regex.Replace(text, "price: .*", "price: 0.5").Replace("slots: 1", "slots: 7", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await Victims.SignalAsync(node, "HUP");
        await LocalMarketFixture.UntilAsync(async () => (await LogAsync(log, 4610)) is not null, "the new settings");
        await LocalMarketFixture.UntilAsync(async () => (await LogAsync(log, 4611)) is not null, "what a running node cannot take over");
        Assert.Contains("resources.slots", (await LogAsync(log, 4611))!, StringComparison.Ordinal);
        await LocalMarketFixture.UntilAsync(async () => (await BidAsync(status)).StartsWith("listed", StringComparison.Ordinal) && await BidAsync(status) != before, "the new price");

        await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
        await Victims.SignalAsync(node, "HUP");
        await LocalMarketFixture.UntilAsync(async () => await BidAsync(status) == before, "the old price");
    }

    private static async Task<string> BidAsync(Uri status) =>
        JsonDocument.Parse(await Http.GetStringAsync(status, TestContext.Current.CancellationToken)).RootElement.GetProperty("bid").GetString()!;

    private static async Task<string?> LogAsync(string log, int eventId) =>
        (await File.ReadAllLinesAsync(log, TestContext.Current.CancellationToken)).LastOrDefault(l => l.EndsWith('}') && l.Contains($"\"EventId\":{eventId},", StringComparison.Ordinal)) is { } line
            ? JsonDocument.Parse(line).RootElement.GetProperty("Message").GetString()
            : null;
}
