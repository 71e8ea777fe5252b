using System.Collections.Immutable;
using Market.Client.Faults;
using Market.Client.Graphs;

namespace Market.Client.Mapping;

/// <summary>
/// A job that runs. Nothing of it depends on this object: disposing it, or leaving any of its loops, detaches, and the job
/// goes on; <see cref="CancelAsync"/> ends it. Not for several callers at once.
/// </summary>
public abstract class JobHandle : IAsyncDisposable
{
    /// <summary>What <c>market job show</c> knows it by; empty in process.</summary>
    public abstract string Id { get; }

    /// <summary>Results in the order in which they come, until every tasklet of the last stage has one.</summary>
    /// <param name="progress">Told where the job stands whenever that changes.</param>
    /// <param name="cancel">Detaches.</param>
    /// <exception cref="MarketException">The job ended without them, or they were to be had from nobody.</exception>
    public abstract IAsyncEnumerable<TaskletOutput> StreamAsync(IProgress<JobGraph>? progress = null, CancellationToken cancel = default);

    /// <summary>Follows the job to its very end: everything final and paid, what was not spent returned.</summary>
    /// <param name="progress">Told where the job stands whenever that changes.</param>
    /// <param name="cancel">Detaches.</param>
    /// <returns>Where it ended, with what it cost.</returns>
    public abstract Task<JobGraph> WaitAsync(IProgress<JobGraph>? progress = null, CancellationToken cancel = default);

    /// <summary>Ends the job: what no device has is taken back, leases that were given run on and are paid.</summary>
    /// <exception cref="MarketException">E2303: there is nothing left to cancel.</exception>
    public abstract Task CancelAsync(CancellationToken cancel = default);

    /// <summary>All results in order.</summary>
    /// <param name="progress">Told where the job stands whenever that changes.</param>
    /// <param name="cancel">Detaches.</param>
    /// <exception cref="MarketException">E2307: tasklets failed; the message names the first. As <see cref="StreamAsync"/> else.</exception>
    public async Task<ImmutableArray<ReadOnlyMemory<byte>>> ResultsAsync(IProgress<JobGraph>? progress = null, CancellationToken cancel = default)
    {
        var outputs = new SortedDictionary<int, TaskletOutput>();
        await foreach (var output in StreamAsync(progress, cancel)) outputs[output.Index] = output;
        var failed = outputs.Values.Where(output => output.Error is not null).ToList();
        if (failed.Count > 0)
        {
            throw new MarketException(
                "E2307", ExitCode.TaskletsFailed, $"{failed.Count} of {outputs.Count} tasklets failed; tasklet {failed[0].Index}: {failed[0].Error}.", "read StreamAsync for those that did not; mend module, input or limits");
        }

        return [.. outputs.Values.Select(output => output.Output)];
    }

    /// <summary>All results in order, each read by <paramref name="read"/>.</summary>
    /// <inheritdoc cref="ResultsAsync(IProgress{JobGraph}, CancellationToken)"/>
    public async Task<ImmutableArray<T>> ResultsAsync<T>(Func<ReadOnlyMemory<byte>, T> read, IProgress<JobGraph>? progress = null, CancellationToken cancel = default) =>
        [.. (await ResultsAsync(progress, cancel)).Select(read)];

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
