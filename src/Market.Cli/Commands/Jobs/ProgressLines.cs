using System.Globalization;
using Market.Cli.Shell;
using Market.Client.Collecting;
using Market.Client.Explaining;
using Market.Client.Following;
using Market.Domain.Jobs;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Domain.Progress;
using Market.Domain.Results;
using Spectre.Console;

namespace Market.Cli.Commands.Jobs;

/// <summary>Tells people how a job goes: one line for each change, and a bar when counts move.</summary>
internal sealed class ProgressLines(CommandContext context)
{
    private const int BarWidth = 32;
    private string _bar = "";

    /// <summary>What changed.</summary>
    public void Show(JobProgress progress)
    {
        foreach (var lease in progress.Changed) context.Say($"[grey]{progress.Now.ToDateTimeOffset():HH:mm:ss}[/] {Markup.Escape(LeaseWords.Describe(lease, progress.Job.Asset))}");
        var view = progress.View;
        var bar = string.Create(CultureInfo.InvariantCulture, $"{Bar(view)} {view.Settled + view.Committed}/{view.Terms.Total} done, {view.Settled} final");
        if (view.State == OfferState.None || bar == _bar) return;
        _bar = bar;
        context.Say(Markup.Escape(bar));
    }

    /// <summary>How a job that is over stands, as a few lines for standard output.</summary>
    public static string Summary(JobProgress progress, CollectedJob collected)
    {
        var (job, view) = (progress.Job, progress.View);
        var lines = new List<string> { $"{collected.Files.Length} of {job.Terms.Total} outputs in {collected.Directory}{(collected.ReceiptsFile is null ? "" : " with receipts.json")}" };
        if (collected.PictureFile is { } picture) lines.Add($"picture {picture}");
        foreach (var failure in collected.Failures.Take(5)) lines.Add($"tasklet {failure.Tasklet} ('{failure.Item}') failed: {Reason(failure)}");
        if (collected.Failures.Length > 5) lines.Add($"and {collected.Failures.Length - 5} more failed");
        if (!collected.Unavailable.IsEmpty) lines.Add($"{collected.Unavailable.Length} results are bound on the chain but were to be had from nobody");
        if (collected.Unfinished > 0) lines.Add($"{collected.Unfinished} tasklets have no result{WhyNot(progress)}");
        if (collected.NotFinal > 0) lines.Add($"{collected.NotFinal} results can still be challenged");
        lines.Add(view.Cost is { } cost
            ? $"cost {job.Asset.Format(cost)} of {job.Asset.Format(view.Escrow)} escrowed, refund {job.Asset.Format(view.Refund)}{(view.Penalties > Amount.Zero ? $" ({job.Asset.Format(view.Penalties)} from devices that failed)" : "")}"
            : $"paid so far {job.Asset.Format(view.Paid)} of {job.Asset.Format(view.Escrow)} escrowed");
        return string.Join('\n', lines);
    }

    private static string WhyNot(JobProgress progress) => progress switch
    {
        { IsOver: false } => " yet",
        { View.Refusals: > 0 } => $": {progress.View.Refusals} devices refuse the module; the rest was cancelled and refunded",
        { View.State: OfferState.Cancelled or OfferState.Closed } when progress.Now <= progress.View.Terms.Deadline => ": the rest was cancelled and refunded",
        _ => ": the deadline passed",
    };

    private static string Reason(FailedTasklet failure) => failure switch
    {
        { OutOfFuel: true } => $"out of fuel at {new Fuel(failure.FuelUsed)}; raise limits.fuel",
        { Status: TaskletStatus.Trapped } => $"trapped after {new Fuel(failure.FuelUsed)} fuel",
        _ => $"exit code {failure.ExitCode}",
    };

    private static string Bar(OfferView view)
    {
        var total = Math.Max(1, view.Terms.Total);
        var (settled, done, running) = (Cells(view.Settled), Cells(view.Settled + view.Committed), Cells(view.Settled + view.Committed + view.Running));
        return new string('█', settled) + new string('▓', done - settled) + new string('░', running - done) + new string('·', BarWidth - running);

        int Cells(uint count) => (int)((ulong)count * BarWidth / total);
    }
}
