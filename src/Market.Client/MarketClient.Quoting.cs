using System.Collections.Immutable;
using Market.Client.Faults;
using Market.Client.JobFiles;
using Market.Client.Jobs;
using Market.Client.Quoting;
using Market.Domain.Money;
using Market.Domain.Planning;
using Market.Domain.Planning.Graphs;
using Market.Hashing;
using Market.Sandbox;
using Market.Sandbox.Wasm;

namespace Market.Client;

/// <content>What a job would cost, before it costs anything.</content>
public sealed partial class MarketClient
{
    private const uint LocalWindowSeconds = 10;

    /// <summary>Runs samples of a job on this machine, twice where it matters.</summary>
    /// <exception cref="MarketException">The module fails, or the machine cannot run it.</exception>
    public Task<LocalRun> RunLocallyAsync(PreparedJob job, CancellationToken cancel) => InSandboxAsync(runtime => new LocalRunner(runtime, _time).RunAsync(job, cancel));

    /// <summary>Runs samples of every stage of a job on this machine; those of later stages read what the samples before them gave.</summary>
    /// <exception cref="MarketException">A module fails, or the machine cannot run it.</exception>
    public Task<ImmutableArray<StageSample>> RunStagesLocallyAsync(ResolvedJob job, CancellationToken cancel) => InSandboxAsync(runtime => new StageSampler(runtime, _time).RunAsync(job, cancel));

    /// <summary>Plans a job of several stages against the live market. Nothing is signed.</summary>
    /// <param name="job">The job.</param>
    /// <param name="samples">What <see cref="RunStagesLocallyAsync"/> showed; null needs limits.fuel in every stage.</param>
    /// <param name="budget">Overrides the file's.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="MarketException">E2104 and others: a stage cannot be served, or the stages fit no deadline or budget.</exception>
    public Task<GraphQuote> QuoteStagesAsync(ResolvedJob job, ImmutableArray<StageSample>? samples, Amount? budget, CancellationToken cancel)
    {
        return ChainFaults.TranslateAsync(() => new GraphQuoter(Connection, Asset, GraphOptions.Around(PlannerOptions)).QuoteAsync(job, samples ?? StatedStages.Of(job), Account ?? Address.Zero, budget, cancel), Asset);
    }

    /// <summary>Plans a job against the live market. Nothing is signed.</summary>
    /// <param name="job">The job.</param>
    /// <param name="local">What <see cref="RunLocallyAsync"/> showed; null needs limits.fuel.</param>
    /// <param name="budget">Overrides the file's.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="MarketException">E2104 and others: no terms can be made, or nobody matches.</exception>
    public Task<Quote> QuoteAsync(PreparedJob job, LocalRun? local, Amount? budget, CancellationToken cancel)
    {
        return ChainFaults.TranslateAsync(() => new Quoter(Connection, Asset, PlannerOptions).QuoteAsync(job, local, Account ?? Address.Zero, budget, cancel), Asset);
    }

    private PlannerOptions PlannerOptions => Profile.Local ? new PlannerOptions(WindowSeconds: LocalWindowSeconds) : new PlannerOptions();

    private async Task<T> InSandboxAsync<T>(Func<WasmRuntime, Task<T>> run)
    {
        try
        {
            await using var runtime = new WasmRuntime(new SandboxOptions { Directory = Path.Combine(_home.Root, "sandbox"), Lanes = 1 }, _time);
            return await run(runtime);
        }
        catch (FileNotFoundException e)
        {
            throw new MarketException("E1007", ExitCode.Internal, $"The sandbox has not been built: {e.Message}", "dotnet build node/Market.Worker", e);
        }
    }
}
