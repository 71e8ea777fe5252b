using System.Collections.Immutable;
using Market.Client.Faults;
using Market.Client.Jobs;
using Market.Domain.Jobs;
using Market.Domain.Receipts;
using Market.Sandbox;

namespace Market.Client.Verifying;

/// <summary>Runs a share of the receipted tasklets again, on this machine, under the limits that the offer gave.</summary>
internal sealed class Rerunner(IRuntime runtime)
{
    private static readonly TimeSpan LongestRun = TimeSpan.FromMinutes(30);

    /// <summary>Which tasklets a share names: at least one, drawn without favour by <paramref name="random"/>.</summary>
    public static ImmutableArray<Receipt> Draw(ImmutableArray<Receipt> receipts, double share, Random random)
    {
        var count = Math.Clamp((int)Math.Ceiling(receipts.Length * share), 1, receipts.Length);
        var drawn = receipts.ToArray();
        random.Shuffle(drawn);
        return [.. drawn.Take(count).OrderBy(receipt => receipt.Tasklet)];
    }

    /// <summary>Every tasklet of <paramref name="receipts"/> that comes out differently here. <paramref name="job"/> was checked against them.</summary>
    /// <exception cref="MarketException">E1306: this machine cannot run the module.</exception>
    public async Task<ImmutableArray<VerificationFault>> RunAsync(PreparedJob job, IReadOnlyList<Receipt> receipts, IProgress<int>? progress, CancellationToken cancel)
    {
        var module = await runtime.PrepareAsync(job.ModuleName, job.Module, cancel) is Preparation.Ready ready ? ready.Module : throw Unfit("the module does not compile here");
        var faults = ImmutableArray.CreateBuilder<VerificationFault>();
        for (var i = 0; i < receipts.Count; i++)
        {
            var receipt = receipts[i];
            var index = (int)receipt.Tasklet;
            var limits = new RunLimits(receipt.Terms.Mfuel * Fuel.PerMfuel, receipt.Work.MemoryPages, receipt.Work.OutputLimit, LongestRun);
            var run = new TaskletRun(module, job.Frames[index], await job.Stage.Tasklets[index].ReadStdinAsync(cancel), limits);
            if (await runtime.RunAsync(run, cancel) is not RunOutcome.Halted halted) throw Unfit($"tasklet {index} does not end here");
            if (halted.ToResult() != receipt.Result)
            {
                faults.Add(new VerificationFault(VerificationFaultKind.Rerun, receipt.Tasklet, $"run again here, it gives {halted.ToResult().Hash()}, and {receipt.Lease.Device} committed {receipt.Result.Hash()}"));
            }

            progress?.Report(i + 1);
        }

        return faults.ToImmutable();
    }

    private static MarketException Unfit(string reason) => new("E1306", ExitCode.Internal, $"This machine cannot run the job again: {reason}.", "market doctor");
}
