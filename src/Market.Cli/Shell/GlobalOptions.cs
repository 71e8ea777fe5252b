using System.CommandLine;

namespace Market.Cli.Shell;

/// <summary>Options that every command takes.</summary>
internal static class GlobalOptions
{
    public static readonly Option<bool> Json = new("--json")
    {
        Description = "Write one JSON document (one object per line when streaming) to standard output",
        Recursive = true,
    };

    public static readonly Option<string?> Profile = new("--profile")
    {
        Description = "Market to talk to (default: MARKET_PROFILE, then the profile in use)",
        HelpName = "name",
        Recursive = true,
    };

    public static readonly Option<string?> Wallet = new("--wallet")
    {
        Description = "Wallet that signs (default: MARKET_WALLET, then the only or chosen wallet)",
        HelpName = "name",
        Recursive = true,
    };

    public static readonly Option<bool> Yes = new("--yes", "-y")
    {
        Description = "Answer every confirmation with yes; outside the local profile it needs --max-spend",
        Recursive = true,
    };

    public static readonly Option<string?> MaxSpend = new("--max-spend")
    {
        Description = "Refuse to spend more than this, for example 0.50",
        HelpName = "amount",
        Recursive = true,
    };

    public static readonly Option<bool> DryRun = new("--dry-run")
    {
        Description = "Show what would be sent; sign nothing",
        Recursive = true,
    };

    public static readonly Option<bool> Quiet = new("--quiet", "-q")
    {
        Description = "No progress on standard error",
        Recursive = true,
    };

    public static readonly Option<bool> Verbose = new("--verbose")
    {
        Description = "Show causes of errors in full",
        Recursive = true,
    };

    public static IEnumerable<Option> All => [Json, Profile, Wallet, Yes, MaxSpend, DryRun, Quiet, Verbose];
}
