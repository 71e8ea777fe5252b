using System.Globalization;
using System.Text.Json.Serialization;
using Market.Chain;
using Market.Chain.Deployments;
using Market.Chain.Projection;
using Market.Cli.Shell;
using Market.Client.Auditing;
using Market.Client.Development;
using Market.Client.Faults;
using Market.Domain.Leases;
using Market.Domain.Money;
using Spectre.Console;

namespace Market.Cli.Commands.Demo;

/// <summary>What the job cost, what each node bid and was paid, what gas each step used, and whether all money adds up.</summary>
internal static class DemoReport
{
    public static async Task<ExitCode> ShowAsync(CommandContext context, LocalMarketFile local, DemoJob job, CancellationToken cancel)
    {
        var profile = new Client.Configuration.ProfileStore(context.Terminal.Home).Read(local.Profile);
        using var market = await MarketConnection.OpenAsync(profile.Rpc, await Deployment.ReadAsync(profile.Deployment, cancel), context.Terminal.Time, cancel);
        var asset = job.Asset;
        var audit = await MarketAudit.ReadAsync(market, cancel);
        var balance = await audit.BalanceAsync(cancel);
        var gas = await audit.GasAsync(cancel);
        var nodes = audit.State.Devices.Values.Select(d => NodeOf(audit.State, d, job, asset)).ToList();
        var paid = job.OffersIn(audit.State).Aggregate(Amount.Zero, (sum, offer) => sum + offer.Paid);
        var document = new DemoDocument(
            "market.demo/1", job.Id, job.Picture, MoneyDocument.Of(asset, job.Escrow), MoneyDocument.Of(asset, paid), MoneyDocument.Of(asset, job.RefundIn(audit.State)), nodes, gas, balance.IsExact, MoneyDocument.Of(asset, new Amount((UInt128)balance.Held)));
        Tables(context, document);
        await context.WriteAsync(document, DemoJson.Default.DemoDocument, d => d.Picture);
        return balance.IsExact ? ExitCode.Ok : ExitCode.Fraud;
    }

    private static NodeLine NodeOf(MarketState state, DeviceEntry device, DemoJob job, Asset asset)
    {
        var leases = job.OffersIn(state).SelectMany(offer => state.LeasesOf(offer.Id)).Where(l => l.Lease.Device == device.Id && l.State == LeaseState.Settled).ToList();
        var bid = state.Bids.TryGetValue(device.Id, out var entry) ? asset.FormatPerGfuel(entry.Tick.Price) : "none";
        var price = leases.Count > 0 ? asset.FormatPerGfuel(new UnitPrice(leases[^1].Lease.UnitPrice)) : "-";
        return new NodeLine(
            device.Id.ToString(), device.Capability?.ScorePerLane ?? 0, (uint)leases.Sum(l => l.Lease.Count), bid, price, MoneyDocument.Of(asset, device.Earned), MoneyDocument.Of(asset, device.Stake));
    }

    private static void Tables(CommandContext context, DemoDocument d)
    {
        if (context.Quiet) return;
        var nodes = new Table().Border(TableBorder.Rounded).AddColumns("node", "speed, Mfuel/s", "tasklets", "bid", "paid (VCG)", "earned", "stake now");
        foreach (var n in d.Nodes) nodes.AddRow(n.Device, n.Score.ToString(CultureInfo.InvariantCulture), n.Tasklets.ToString(CultureInfo.InvariantCulture), n.Bid, n.PaidPrice, n.Earned.ToString(), n.Stake.ToString());
        context.Error.Write(nodes);
        var gas = new Table().Border(TableBorder.Rounded).AddColumns("step on the chain", "transactions", "gas each", "gas");
        foreach (var g in d.Gas) gas.AddRow(g.Step, g.Transactions.ToString(CultureInfo.InvariantCulture), Number(g.Mean), Number(g.Gas));
        context.Error.Write(gas);
        context.Say(Markup.Escape($"job {d.Job}: escrow {d.Escrow}, paid {d.Paid}, refund {d.Refund}"));
        context.Say(d.Exact
            ? $"[green]✓[/] credits + stakes + escrows = {Markup.Escape(d.Held.ToString())}, exactly what the market holds"
            : $"[red]✗ the market holds {Markup.Escape(d.Held.ToString())}, which is not what credits, stakes and escrows add up to[/]");
    }

    private static string Number(ulong value) => value.ToString("N0", CultureInfo.InvariantCulture);
}

internal sealed record NodeLine(string Device, int Score, uint Tasklets, string Bid, string PaidPrice, MoneyDocument Earned, MoneyDocument Stake);

internal sealed record DemoDocument(
    string Schema, string Job, string Picture, MoneyDocument Escrow, MoneyDocument Paid, MoneyDocument Refund,
    IReadOnlyList<NodeLine> Nodes, IReadOnlyList<GasLine> Gas, bool Exact, MoneyDocument Held);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DemoDocument))]
internal sealed partial class DemoJson : JsonSerializerContext;
