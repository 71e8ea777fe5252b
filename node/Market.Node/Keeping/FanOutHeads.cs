using Market.Blobs;
using Market.Chain.Generated.JobManager;
using Market.Chain.Jobs;
using Market.Chain.Projection;
using Market.Node.Transfer;

namespace Market.Node.Keeping;

/// <summary>Opens the heads of outputs that fan out, which the chain wants to see before it believes their number of frames.</summary>
internal sealed class FanOutHeads(BlobStore blobs, BlobGatherer gatherer, MarketProjection projection, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    /// <summary>The heads for stages of a job that are about to open, by stage, as far as the outputs are to be had now.</summary>
    public async Task<IReadOnlyDictionary<int, FanOutProofTuple>> OfAsync(JobEntry job, CancellationToken cancel)
    {
        var heads = new Dictionary<int, FanOutProofTuple>();
        foreach (var stage in job.Stages.Where(stage => stage.Spec.Input.Kind == InputKindCode.FanOut && !stage.IsCurrent))
        {
            if (job.Stages[stage.Spec.Input.Stages[0]].Results is not { } results) continue;
            var proof = await FanOutProofs.OfAsync(
                results with { Roots = [.. results.Roots.Select(root => InputRules.Whole(root, projection.State))] },
                async (name, token) => await gatherer.GatherAsync([name], time.GetUtcNow() + Kept, TimeSpan.Zero, token) is null ? await blobs.ReadAsync(name, token) : null,
                cancel);
            if (proof is not null) heads[stage.Spec.Index] = proof;
        }

        return heads;
    }
}
