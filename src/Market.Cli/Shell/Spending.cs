using Market.Client.Faults;
using Market.Domain.Money;
using Spectre.Console;
using Profile = Market.Client.Configuration.Profile;

namespace Market.Cli.Shell;

/// <summary>What a command is about to spend, for the person who confirms it.</summary>
/// <param name="What">In a few words: <c>deposit</c>, <c>escrow</c>.</param>
/// <param name="Amount">What counts against <c>--max-spend</c>.</param>
/// <param name="Rows">Lines of the table: a name and a text.</param>
internal sealed record Spending(string What, Amount Amount, IReadOnlyList<(string Name, string Text)> Rows);

/// <summary>The one gate that all spending commands pass.</summary>
internal static class SpendingGate
{
    /// <summary>Shows the table, holds the ceiling, and asks.</summary>
    /// <returns>False for <c>--dry-run</c>: shown, and nothing is to be sent.</returns>
    /// <exception cref="MarketException">Above the ceiling (E2107), no ceiling where one is due (E1119), or declined.</exception>
    public static bool ConfirmSpending(this CommandContext context, Profile profile, Asset asset, Spending spending)
    {
        var width = spending.Rows.Count == 0 ? 0 : spending.Rows.Max(r => r.Name.Length);
        foreach (var (name, text) in spending.Rows) context.Error.MarkupLine($"  {Markup.Escape(name.PadRight(width))}  {Markup.Escape(text)}");
        if (!profile.Local) context.Error.MarkupLine($"[black on yellow] real money on '{Markup.Escape(profile.Name)}' (chain {profile.ChainId}) [/]");
        Limit(context, profile, asset, spending);
        if (context.DryRun)
        {
            context.Error.MarkupLine("dry run: nothing was signed");
            return false;
        }

        context.Confirm("Proceed?");
        return true;
    }

    private static void Limit(CommandContext context, Profile profile, Asset asset, Spending spending)
    {
        if (context.MaxSpend is not { } text)
        {
            if (!context.Yes || profile.Local || context.DryRun) return;
            throw new MarketException("E1119", ExitCode.Usage, $"--yes on '{profile.Name}' needs --max-spend; nothing was sent.", $"--max-spend {asset.FormatNumber(spending.Amount)}");
        }

        if (!asset.TryParse(text, out var ceiling)) throw new MarketException("E1203", ExitCode.Usage, $"'{text}' is no amount of {asset.Symbol}.", "--max-spend 0.50");
        if (spending.Amount <= ceiling) return;
        throw new MarketException(
            "E2107", ExitCode.Declined, $"The {spending.What} of {asset.Format(spending.Amount)} is over --max-spend {asset.Format(ceiling)}; nothing was sent.", "raise the ceiling");
    }
}
