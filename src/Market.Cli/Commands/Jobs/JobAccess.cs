using Market.Cli.Shell;
using Market.Client.Configuration;
using Market.Client.Faults;
using Market.Client.Jobs;
using Market.Client.Staging;
using Market.Hashing;

namespace Market.Cli.Commands.Jobs;

/// <summary>Which market and account a job command works with.</summary>
internal static class JobAccess
{
    /// <summary>The profile that was asked for, else the one that the job was posted with.</summary>
    public static Profile ProfileOf(this CommandContext context, JobRecord job) =>
        new ProfileStore(context.Terminal.Home).Read(context.Profile ?? job.Profile);

    /// <inheritdoc cref="ProfileOf(CommandContext, JobRecord)"/>
    public static Profile ProfileOf(this CommandContext context, StagedRecord job) =>
        new ProfileStore(context.Terminal.Home).Read(context.Profile ?? job.Profile);

    /// <summary>The account that a quote is for; null where there is no wallet yet.</summary>
    public static Address? AccountOrNull(this CommandContext context)
    {
        try
        {
            return context.Account();
        }
        catch (MarketException e) when (e.Fault.Code == "E1101")
        {
            return null;
        }
    }
}
