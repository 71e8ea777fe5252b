using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Market.Chain.Generated.DisputeGame;
using Market.Cli.Shell;
using Market.Client.Disputes;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Results;
using Market.Ethereum.Rpc;
using Market.Hashing;
using Market.Wasm.Machine;
using Market.Wasm.Machine.Stepping;
using Spectre.Console;

namespace Market.Cli.Commands.Disputes;

/// <summary>What a challenger tells of itself, as lines for people or as JSON, one a line.</summary>
internal sealed class DisputeLines(CommandContext context, Asset asset, Address self)
{
    private readonly Lock _lock = new();
    private string? _last;

    /// <summary>Tells one piece of news.</summary>
    public void Tell(DisputeNews news)
    {
        lock (_lock)
        {
            switch (news)
            {
                case DisputeNews.Checked n: Write("checked", null, n.Lease.Key, n.Note.Outcome == CheckOutcome.Differs ? n.Note.Tasklet : null, $"lease {Short(n.Lease.Key)} of d-{n.Lease.Lease.Device.Value}: {Word(n.Note.Outcome)}, {n.Note.Detail}", null, n.Note.Outcome == CheckOutcome.Differs ? "red" : null); break;
                case DisputeNews.Differs n: Write("differs", null, n.Lease.Key, n.Tasklet, $"tasklet {n.Tasklet}: d-{n.Lease.Lease.Device.Value} committed {Describe(n.Committed)}; a run here gives {Describe(n.Found)}", null, "red"); break;
                case DisputeNews.Opened n: Write("opened", null, n.Lease, n.Tasklet, $"accused: tasklet {n.Tasklet} of lease {Short(n.Lease)}", n.Receipt, "yellow"); break;
                case DisputeNews.Requested n: Write(n.Kind, null, n.Lease, n.What.Index, n.Kind == "request" ? $"requested on the chain: {Words(n.What)}" : $"nobody showed {Words(n.What)}: lease {Short(n.Lease)} falls", n.Receipt, "yellow"); break;
                case DisputeNews.Moved n: Write(n.Kind, n.Game.Id, n.Game.Subject.Lease, n.Game.Subject.Tasklet, Move(n), n.Receipt, n.Kind is "prove" or "settle" or "timeout" ? "green" : null); break;
                case DisputeNews.Collected n: Write("collected", null, null, null, $"collected {asset.Format(n.Amount)} from the judge", n.Receipt, "green"); break;
                case DisputeNews.Refused n: Write("refused", n.Game, null, null, $"{n.Kind} did not take effect: {n.Reason}", null, "grey"); break;
                case DisputeNews.Waiting n: Write("waiting", n.Game, null, null, n.Reason, null, "grey"); break;
                case DisputeNews.Failed n: Write("failed", n.Game, null, null, n.Exception.Message, null, "red"); break;
            }
        }
    }

    /// <summary>Says that the opponent moved, which a player does not hear from itself.</summary>
    public void TellAccount(BigInteger game, SideCode by, Address player, GamePosition position, string what)
    {
        if (player == self) return;
        lock (_lock) Write("answered", game, null, null, $"{GameNames.Of(game)}: the {GameDocument.Side(by)} {what} {Span(position)}", null, null);
    }

    private static string Move(DisputeNews.Moved n) => n.Kind switch
    {
        "dissect" => $"{GameNames.Of(n.Game.Id)} round {n.Game.Accounts.Count + 1} of {n.Game.Subject.Rounds}: the runs part within {Span(n.Position)}; my account of that part is on the chain",
        "prove" => $"{GameNames.Of(n.Game.Id)}: the judge executed step {Number(n.Proof!.Scene.Step)}: {Scene(n.Proof.Scene)}. It leads elsewhere than the opponent says",
        "timeout" => $"{GameNames.Of(n.Game.Id)}: the opponent's clock is empty",
        "settle" => $"{GameNames.Of(n.Game.Id)}: verdict handed to the market",
        _ => n.Kind,
    };

    private static string Scene(Wasm.Machine.Accounts.StepScene scene)
    {
        var step = ProofText.Read(scene.Proof);
        var operands = step is { Operands.Count: > 0 } ? $" on {string.Join(", ", step.Operands)}" : "";
        var place = scene.Function is { } f ? $" in function {f} + {scene.Offset}" : "";
        return $"{(scene.Instruction is { } at ? MachineText.Describe(at) : "halt")}{operands}{place}";
    }

    private static string Span(GamePosition position) => $"steps {Number(position.Start)} to {Number(position.Start + position.Length)}";

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Words(RequestTuple what) => what.Piece switch
    {
        PieceCode.Record => $"the record of tasklet {what.Index}",
        PieceCode.Module => $"the module from byte {what.FirstLeaf * ByteTree.LeafSize} on",
        PieceCode.Manifest => $"the manifest from byte {what.FirstLeaf * ByteTree.LeafSize} on",
        PieceCode.Frame => $"the arguments of tasklet {what.Index}",
        _ => $"the input of tasklet {what.Index} from byte {what.FirstLeaf * ByteTree.LeafSize} on",
    };

    private static string Short(LeaseKey key) => key.ToString()[..10];

    private static string Word(CheckOutcome outcome) => outcome switch
    {
        CheckOutcome.Agreed => "right",
        CheckOutcome.Differs => "WRONG",
        CheckOutcome.Withheld => "withheld",
        _ => "left alone",
    };

    private static string Describe(TaskletResult? result) => result is not { } r
        ? "no result at all"
        : $"{(r.Status == TaskletStatus.Trapped ? "a trap" : $"exit {r.ExitCode}")}, fuel {Number((long)r.FuelUsed)}, output {r.Output.Root.ToString()[..10]}";

    private void Write(string kind, BigInteger? game, LeaseKey? lease, uint? tasklet, string text, TransactionReceipt? receipt, string? colour)
    {
        var name = game is { } id ? GameNames.Of(id) : null;
        if (context.Json)
        {
            var document = new DisputeEventDocument("market.disputeevent/1", kind, name, lease?.ToString(), tasklet, text, receipt?.TransactionHash.ToString(), receipt?.GasUsed);
            context.Terminal.Out.WriteLine(JsonSerializer.Serialize(document, DisputeJson.Default.DisputeEventDocument));
            context.Terminal.Out.Flush();
            return;
        }

        // A chain that stays away is told once.
        if (kind == "waiting" && _last == text) return;
        _last = text;
        var escaped = Markup.Escape(text);
        var gas = receipt is null ? "" : $" [grey]({Number((long)receipt.GasUsed)} gas)[/]";
        context.Say(colour is null ? $"{escaped}{gas}" : $"[{colour}]{escaped}[/]{gas}");
    }
}
