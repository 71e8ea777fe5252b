using Market.Chain.Projection;
using Market.Client.Jobs;
using Market.Client.Staging;
using Market.Domain.Money;

namespace Market.Cli.Commands.Demo;

/// <summary>The job that the demo ran, of whatever kind.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Picture">Path of the picture that it made.</param>
/// <param name="Asset">How amounts are written.</param>
/// <param name="Escrow">What posting took.</param>
/// <param name="OffersIn">Its offers, as the chain tells.</param>
/// <param name="RefundIn">What came back, as the chain tells.</param>
internal sealed record DemoJob(string Id, string Picture, Asset Asset, Amount Escrow, Func<MarketState, IEnumerable<OfferEntry>> OffersIn, Func<MarketState, Amount> RefundIn)
{
    public static DemoJob Of(JobRecord job) => new(
        job.Id, Path.Combine(job.OutputDirectory, job.Picture?.File ?? ""), job.Asset, job.Escrow, state => [state.Offers[job.Offer]], state => state.Offers[job.Offer].Refunded);

    public static DemoJob Of(StagedRecord job) => new(
        job.Id,
        Path.Combine(job.OutputDirectory, job.Outputs[0].Name),
        job.Asset,
        job.Budget,
        state => state.JobOffers.Where(pair => pair.Value == job.Job).Select(pair => state.Offers[pair.Key]),
        state => new Amount(state.Jobs[job.Job].Returned));
}
