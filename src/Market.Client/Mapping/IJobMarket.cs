namespace Market.Client.Mapping;

/// <summary>
/// Where programs run over many inputs: a market of devices (<see cref="MarketClient"/>), or this machine alone
/// (<see cref="InProcess.InProcessMarket"/>). The same code works against both, with the same results byte for byte.
/// </summary>
public interface IJobMarket : IAsyncDisposable
{
    /// <summary>Starts a job. On a market this plans it on the live bids, sends its inputs and posts it with its escrow.</summary>
    /// <param name="job">The job.</param>
    /// <param name="progress">Told of each step in words.</param>
    /// <param name="cancel">Stops; once the job is out it goes on.</param>
    /// <exception cref="Faults.MarketException">The job cannot be run as it is; the message names the fix.</exception>
    Task<JobHandle> StartAsync(JobDraft job, IProgress<string>? progress, CancellationToken cancel);
}
