using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Market.Client.Faults;
using Market.Client.Graphs;
using Market.Client.Jobs;
using Market.Client.Staging;
using Market.Domain.Leases;
using Market.Domain.Progress;
using Market.Domain.Results;

namespace Market.Client.Mapping;

/// <summary>A job that was posted to a market of devices.</summary>
internal abstract class MarketJob(MarketClient market, MapOptions options, string id, Func<CancellationToken, Task<FetchSession>> open) : JobHandle
{
    private FetchSession? _session;

    /// <inheritdoc/>
    public override string Id => id;

    /// <summary>The market.</summary>
    protected MarketClient Market => market;

    /// <inheritdoc/>
    public override async IAsyncEnumerable<TaskletOutput> StreamAsync(IProgress<JobGraph>? progress = null, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        var told = new HashSet<uint>();
        await foreach (var (graph, offers) in FollowAsync(cancel))
        {
            progress?.Report(graph);
            if (offers.IsEmpty) continue;
            foreach (var (offer, lease) in offers.SelectMany(offer => offer.View.Leases.Where(lease => Counts(lease) && !Has(told, offer, lease.Lease)).Select(lease => (offer, lease))).ToList())
            {
                foreach (var output in await ReadAsync(offer, lease, cancel))
                {
                    if (told.Add((uint)output.Index)) yield return output;
                }
            }

            if (told.Count < offers[0].View.Terms.Total) continue;
            if (options.Accept) await AcceptAsync(cancel);
            yield break;
        }

        throw new MarketException("E2308", ExitCode.TaskletsFailed, $"Job {id} ended with {told.Count} results, and not all.", $"market job explain {id}");
    }

    /// <inheritdoc/>
    public override async Task<JobGraph> WaitAsync(IProgress<JobGraph>? progress = null, CancellationToken cancel = default)
    {
        JobGraph? last = null;
        await foreach (var (graph, _) in FollowAsync(cancel))
        {
            progress?.Report(graph);
            last = graph;
        }

        return last ?? throw new InvalidOperationException("a followed job has a state");
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _session?.Dispose();
        _session = null;
        return ValueTask.CompletedTask;
    }

    /// <summary>Where the job stands after each block until it is over, with the offers that give its results: the whole one first, then second copies.</summary>
    protected abstract IAsyncEnumerable<(JobGraph Graph, ImmutableArray<ResultOffer> Offers)> FollowAsync(CancellationToken cancel);

    /// <summary>Accepts what is committed.</summary>
    protected abstract Task AcceptAsync(CancellationToken cancel);

    // Acceptance makes results final, so who accepts does not wait for that first.
    private bool Counts(LeaseView lease) => lease.HasResults && (!options.FinalOnly || options.Accept || lease.State == LeaseState.Settled);

    private static bool Has(HashSet<uint> told, ResultOffer offer, Lease lease)
    {
        for (var tasklet = lease.First; tasklet < lease.End; tasklet++)
        {
            if (!told.Contains(offer.PlaceOf(tasklet))) return false;
        }

        return true;
    }

    /// <summary>A lease's results, without those that are to be had from nobody now.</summary>
    private async Task<IReadOnlyList<TaskletOutput>> ReadAsync(ResultOffer offer, LeaseView lease, CancellationToken cancel)
    {
        _session ??= await open(cancel);
        if (await _session.Fetcher.FetchAsync(lease, cancel) is not { } fetched) return [];
        var outputs = new List<TaskletOutput>();
        for (var i = 0; i < fetched.List.Results.Length; i++)
        {
            var (index, result) = ((int)offer.PlaceOf(lease.Lease.First + (uint)i), fetched.List.Results[i]);
            if (!result.Succeeded) outputs.Add(new TaskletOutput(index, default, result.FuelUsed, lease.Lease.Device, Describe(result, offer.View.Terms.Mfuel)));
            else if (!fetched.Missing.Contains(result.Output)) outputs.Add(new TaskletOutput(index, await _session.Fetcher.Blobs.ReadAsync(result.Output, cancel), result.FuelUsed, lease.Lease.Device, null));
        }

        return outputs;
    }

    private static string Describe(TaskletResult result, uint mfuel) => result switch
    {
        _ when result.RanDry(mfuel) => $"out of fuel at {new Domain.Jobs.Fuel(result.FuelUsed)}",
        { Status: TaskletStatus.Trapped } => $"trapped after {new Domain.Jobs.Fuel(result.FuelUsed)} fuel",
        _ => $"exit code {result.ExitCode}",
    };
}

/// <summary>An offer that gives results.</summary>
/// <param name="View">Where it stands.</param>
/// <param name="Places">Of a second copy, the index in the whole job of each of its tasklets; null for the whole.</param>
internal sealed record ResultOffer(OfferView View, ImmutableArray<uint>? Places)
{
    /// <summary>Where a tasklet of it stands in the whole job.</summary>
    public uint PlaceOf(uint tasklet) => Places is { } places ? places[(int)tasklet] : tasklet;
}

/// <summary>A job of one task.</summary>
internal sealed class OneTaskJob(MarketClient market, MapOptions options, JobRecord record) : MarketJob(market, options, record.Id, cancel => market.OpenSessionAsync(record.Id, record.Holders, cancel))
{
    /// <inheritdoc/>
    public override async Task CancelAsync(CancellationToken cancel = default) => await Market.CancelAsync(record, cancel);

    /// <inheritdoc/>
    protected override async IAsyncEnumerable<(JobGraph Graph, ImmutableArray<ResultOffer> Offers)> FollowAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var progress in Market.FollowAsync(record, null, cancel)) yield return (JobGraphs.Of(progress), [new ResultOffer(progress.View, null), .. progress.Copies.Select(copy => new ResultOffer(copy.View, copy.Job.Retry!.Tasklets))]);
    }

    /// <inheritdoc/>
    protected override async Task AcceptAsync(CancellationToken cancel) => await Market.AcceptAsync(record, (await Market.LookAsync(record, cancel)).View, cancel);
}

/// <summary>A job of several stages.</summary>
internal sealed class StagesJob(MarketClient market, MapOptions options, StagedRecord record) : MarketJob(market, options, record.Id, cancel => market.OpenSessionAsync(record.Id, record.Holders, cancel))
{
    /// <inheritdoc/>
    public override async Task CancelAsync(CancellationToken cancel = default) => await Market.CancelAsync(record, cancel);

    /// <inheritdoc/>
    public override async Task<JobGraph> WaitAsync(IProgress<JobGraph>? progress = null, CancellationToken cancel = default)
    {
        var last = await base.WaitAsync(progress, cancel);

        // What was not spent came back as tokens; it was credit before.
        await Market.RedepositAsync(await Market.LookAsync(record, cancel), cancel);
        return last;
    }

    /// <inheritdoc/>
    protected override async IAsyncEnumerable<(JobGraph Graph, ImmutableArray<ResultOffer> Offers)> FollowAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var progress in Market.FollowAsync(record, null, cancel))
        {
            var bound = progress.Stages.ElementAtOrDefault(record.Result) is { Stage.IsCurrent: true };
            yield return (JobGraphs.Of(progress), bound ? [new ResultOffer(progress.History.Attempts[record.Result][^1].View, null)] : []);
        }
    }

    /// <inheritdoc/>
    protected override async Task AcceptAsync(CancellationToken cancel) => await Market.AcceptAsync(await Market.LookAsync(record, cancel), cancel);
}
