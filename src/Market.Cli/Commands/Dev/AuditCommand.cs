using System.CommandLine;
using System.Text.Json.Serialization;
using Market.Cli.Shell;
using Market.Client.Auditing;
using Market.Client.Faults;
using Market.Domain.Money;

namespace Market.Cli.Commands.Dev;

/// <summary><c>market dev audit</c>: whether all money is where the rules say.</summary>
internal static class AuditCommand
{
    public static Command Create(Terminal terminal) =>
        new Command("audit", "Add up every credit, stake and escrow and compare with what the market contract holds").Runs(terminal, async (context, cancel) =>
        {
            using var market = await ChainFaults.TranslateAsync(() => context.OpenAsync(context.ReadProfile(), cancel));
            var asset = await market.Token.AssetAsync(cancel);
            var audit = await MarketAudit.ReadAsync(market, cancel);
            var balance = await audit.BalanceAsync(cancel);
            var gas = await audit.GasAsync(cancel);
            var document = new AuditDocument(
                "market.audit/1", balance.IsExact, Money(balance.Credits), Money(balance.Stakes), Money(balance.Escrows), Money(balance.Held), gas);
            await context.WriteAsync(document, AuditJson.Default.AuditDocument, d => $"""
                credits  {d.Credits}
                stakes   {d.Stakes}
                escrows  {d.Escrows}
                held     {d.Held}   {(d.Exact ? "= credits + stakes + escrows, exactly" : "DIFFERS from credits + stakes + escrows")}
                """);
            return balance.IsExact ? ExitCode.Ok : ExitCode.Fraud;

            MoneyDocument Money(System.Numerics.BigInteger units) => MoneyDocument.Of(asset, new Amount((UInt128)units));
        });
}

internal sealed record AuditDocument(
    string Schema, bool Exact, MoneyDocument Credits, MoneyDocument Stakes, MoneyDocument Escrows, MoneyDocument Held, IReadOnlyList<GasLine> Gas);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AuditDocument))]
internal sealed partial class AuditJson : JsonSerializerContext;
