using System.CommandLine;
using System.Text.Json.Serialization;
using Market.Cli.Shell;
using Market.Client;
using Market.Client.Faults;
using Market.Domain.Books;
using Market.Domain.Identity;
using Market.Domain.Money;
using Market.Domain.Offers;

namespace Market.Cli.Commands.Books;

/// <summary><c>market book</c>: what devices ask.</summary>
internal static class BookCommand
{
    public static Command Create(Terminal terminal) => new("book", "See what devices ask") { Show(terminal) };

    private static Command Show(Terminal terminal)
    {
        var name = new Option<string?>("--class") { Description = "Only the book of this class, for example wasm/1", HelpName = "class" };
        return new Command("show", "Show the standing bids, cheapest first") { name }.Runs(terminal, async (context, cancel) =>
        {
            using var market = await MarketClient.ConnectAsync(context.ReadProfile(), context.Terminal.Home, null, context.Terminal.Time, cancel);
            var bids = context.Get(name) is { } text
                ? await market.BookAsync(ClassKey.TryParse(text, out var key) ? key : throw new MarketException("E1203", ExitCode.Usage, $"'{text}' is no class.", "--class wasm/1"), cancel)
                : (await market.SnapshotAsync(cancel)).Bids;
            var document = new BookDocument("market.book/1", [.. bids.OrderBy(bid => bid.Tick).ThenBy(bid => bid.Device).Select(bid => Entry(market.Asset, bid))]);
            await context.WriteAsync(document, BookJson.Default.BookDocument, Text);
            return ExitCode.Ok;
        });
    }

    private static BidDocument Entry(Asset asset, StandingBid bid) => new(
        bid.Device.Value,
        bid.ClassKey.ToString(),
        bid.Tick.Index,
        asset.FormatPerGfuelNumber(bid.Tick.Price),
        bid.Lanes,
        bid.FreeLanes,
        bid.Score,
        bid.MemoryMiB,
        bid.ValidUntil.ToString(),
        [.. new[] { Verdict.Trusted, Verdict.Optimistic }.Where(bid.Takes).Select(verdict => verdict == Verdict.Trusted ? "trusted" : "optimistic")],
        MoneyDocument.Of(asset, bid.FreeStake),
        bid.ClassKey.Level switch
        {
            AttestationLevel.SelfDeclared => "self-declared",
            AttestationLevel.Benchmarked => "benchmarked by other devices",
            AttestationLevel.Tpm => "TPM quote",
            AttestationLevel.Tee => "TEE quote",
            var level => $"level {(byte)level}",
        });

    private static string Text(BookDocument document)
    {
        if (document.Bids.Count == 0) return "no live bids";
        var lines = document.Bids.Select(bid =>
            $"{"d-" + bid.Device,-7} {bid.Class,-8} {bid.PricePerGfuel,14} {$"{bid.FreeLanes}/{bid.Lanes}",7} {bid.Score,8} {bid.MemoryMiB,8}   {bid.Attestation}");
        return string.Join('\n', lines.Prepend($"{"device",-7} {"class",-8} {"per Gfuel",14} {"lanes",7} {"Mfuel/s",8} {"MiB",8}   known as"));
    }
}

internal sealed record BookDocument(string Schema, IReadOnlyList<BidDocument> Bids);

internal sealed record BidDocument(
    uint Device, string Class, ushort Tick, string PricePerGfuel, ushort Lanes, ushort FreeLanes, ushort Score, ushort MemoryMiB, string ValidUntil, IReadOnlyList<string> Takes, MoneyDocument FreeStake, string Attestation);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BookDocument))]
internal sealed partial class BookJson : JsonSerializerContext;
