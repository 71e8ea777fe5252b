using System.Collections.Immutable;
using Market.Chain.Following;
using Market.Client.Configuration;
using Market.Client.Faults;
using Market.Client.InProcess;
using Market.Client.JobFiles;
using Market.Client.Jobs;
using Market.Domain.Receipts;
using Market.Ethereum.Rpc;
using Market.Sandbox;
using Market.Sandbox.Wasm;

namespace Market.Client.Verifying;

/// <summary>How far a check goes.</summary>
public sealed record VerifierOptions
{
    /// <summary>An endpoint of the receipts' chain; null checks nothing on a chain.</summary>
    public Uri? Rpc { get; init; }

    /// <summary>The job that the receipts answer; null leaves inputs unchecked.</summary>
    public PreparedJob? Job { get; init; }

    /// <summary>The job of several stages that the receipts answer; null for a job of one task.</summary>
    public ResolvedJob? Stages { get; init; }

    /// <summary>Share of the tasklets to run again, from 0 to 1; needs <see cref="Job"/> or <see cref="Stages"/>.</summary>
    public double Rerun { get; init; }

    /// <summary>Draws the tasklets that are run again.</summary>
    public int Seed { get; init; }

    /// <summary>Told how many tasklets were run again.</summary>
    public IProgress<int>? Progress { get; init; }
}

/// <summary>Checks results as anyone may who was handed them: against themselves, the chain, the inputs and a run of one's own.</summary>
public sealed class Verifier(MarketHome home, TimeProvider time)
{
    /// <summary>Checks <paramref name="folder"/> as far as <paramref name="options"/> say.</summary>
    /// <exception cref="MarketException">The check itself could not be made: E1010 the chain, E1306 the machine.</exception>
    public async Task<Verification> VerifyAsync(ReceiptFolder folder, VerifierOptions options, CancellationToken cancel)
    {
        if (options is { Rerun: > 0, Job: null, Stages: null }) throw new ArgumentException("a second run needs the job", nameof(options));
        var receipts = folder.File.Receipts;
        var faults = ImmutableArray.CreateBuilder<VerificationFault>();
        faults.AddRange(await folder.CheckAsync(cancel));
        // What contradicts itself says nothing that a chain could confirm.
        var sound = receipts.Where(receipt => receipt.Check().IsEmpty).ToImmutableArray();

        var (leases, inputs) = (0, 0);
        if (options.Rpc is { } rpc && !sound.IsEmpty)
        {
            using var client = new EthereumClient(rpc, time);
            (leases, var found) = await ChainFaults.TranslateAsync(() => new ChainEvidence(client, new FollowerOptions()).CheckAsync(sound, cancel));
            faults.AddRange(found);
        }

        ImmutableArray<Receipt> drawn = [];
        if (options.Job is { } job)
        {
            (inputs, var found) = InputCheck.Check(job, folder);
            faults.AddRange(found);
            if (options.Rerun > 0 && found.IsEmpty && !sound.IsEmpty)
            {
                drawn = Rerunner.Draw(sound, options.Rerun, new Random(options.Seed));
                await using var runtime = new WasmRuntime(new SandboxOptions { Directory = Path.Combine(home.Root, "sandbox"), Lanes = 1 }, time);
                faults.AddRange(await new Rerunner(runtime).RunAsync(folder.File.Part is { } part ? job.Only(part) : job, drawn, options.Progress, cancel));
            }
        }

        if (options.Stages is { } stages)
        {
            var found = await StagedCheck.CheckAsync(stages, folder.File, cancel);
            faults.AddRange(found);
            if (options.Rerun > 0 && found.IsEmpty && !sound.IsEmpty)
            {
                drawn = Rerunner.Draw(sound, options.Rerun, new Random(options.Seed));
                await using var market = InProcessMarket.Open(Path.Combine(home.Root, "sandbox"), time);
                faults.AddRange(await StagedCheck.RunAsync(market, stages, folder.File, drawn, cancel));
                options.Progress?.Report(drawn.Length);
            }
        }

        var outputs = folder.File.Outputs.Count(output => receipts.Any(receipt => receipt.Tasklet == output.Tasklet));
        return new Verification(receipts.Length, outputs, leases, inputs, drawn.Length, folder.Uncovered(), faults.ToImmutable());
    }
}
