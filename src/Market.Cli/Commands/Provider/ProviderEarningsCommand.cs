using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization;
using Market.Cli.Shell;
using Market.Client.Auditing;
using Market.Client.Faults;
using Market.Client.Providers;
using Market.Domain.Money;

namespace Market.Cli.Commands.Provider;

/// <summary><c>market provider earnings</c>: pay and penalties by day, from the chain.</summary>
internal static class ProviderEarningsCommand
{
    public static Command Create(Terminal terminal)
    {
        var config = ProviderCommand.ConfigOption();
        return new Command("earnings", "Show what the device earned and lost, by day") { config }.Runs(terminal, async (context, cancel) =>
        {
            var device = await ProviderCommand.OpenAsync(context, context.Get(config)!, cancel);
            using var market = device.Market;
            var asset = await market.Token.AssetAsync(cancel);
            var id = await ChainFaults.TranslateAsync(() => new ProviderStake(market).FindAsync(device.Operator, cancel), asset)
                ?? throw new MarketException("E2110", ExitCode.Usage, $"'{device.Config.Name}' is not registered on this market.", "market provider stake 200");
            var audit = await ChainFaults.TranslateAsync(() => MarketAudit.ReadAsync(market, cancel), asset);
            var document = Document(asset, ProviderEarnings.Of(audit.State, id));
            await context.WriteAsync(document, EarningsJson.Default.EarningsDocument, Text);
            return ExitCode.Ok;
        });
    }

    private static EarningsDocument Document(Asset asset, ProviderEarnings earnings) => new(
        "market.earnings/1",
        earnings.Device.ToString(),
        MoneyDocument.Of(asset, earnings.Paid),
        MoneyDocument.Of(asset, earnings.Penalties),
        MoneyDocument.Of(asset, earnings.Pending),
        [.. earnings.Days.Select(day => new EarningDayDocument(
            day.Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), day.Settled, day.Tasklets, day.Fallen, MoneyDocument.Of(asset, day.Paid), MoneyDocument.Of(asset, day.Penalties)))]);

    private static string Text(EarningsDocument d)
    {
        var lines = d.Days.Select(day => string.Create(CultureInfo.InvariantCulture, $"{day.Day}  {day.Settled,5} leases {day.Tasklets,8} tasklets  paid {day.Paid}{(day.Fallen == 0 ? "" : $"  ({day.Fallen} fell, penalties {day.Penalties})")}"));
        return string.Join('\n', lines.Append($"all {d.Device}: paid {d.Paid}, penalties {d.Penalties}, {d.Pending} committed and not settled yet"));
    }
}

/// <param name="Schema">market.earnings/1</param>
/// <param name="Device">The device.</param>
/// <param name="Paid">Pay of all settled leases.</param>
/// <param name="Penalties">Penalties of all fallen leases.</param>
/// <param name="Pending">Pay of committed leases that are not settled yet.</param>
/// <param name="Days">Oldest first, in UTC.</param>
internal sealed record EarningsDocument(string Schema, string Device, MoneyDocument Paid, MoneyDocument Penalties, MoneyDocument Pending, IReadOnlyList<EarningDayDocument> Days);

internal sealed record EarningDayDocument(string Day, int Settled, long Tasklets, int Fallen, MoneyDocument Paid, MoneyDocument Penalties);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EarningsDocument))]
internal sealed partial class EarningsJson : JsonSerializerContext;
