using Market.Client.Collecting;
using Market.Client.Jobs;

namespace Market.Client.Retrying;

/// <summary>What earlier offers of a job brought, tasklet by tasklet.</summary>
internal static class PastOffers
{
    /// <summary>The first offer of the job that <paramref name="job"/> belongs to, and all retries of it, oldest first.</summary>
    public static IReadOnlyList<JobRecord> Of(JobRecord job, JobStore jobs)
    {
        var first = job.Retry is { Of: var of } ? jobs.Find(of) : job;
        return [first, .. jobs.List().Where(other => other.Retry?.Of == first.Id && other.Market == first.Market && other.ChainId == first.ChainId).OrderBy(other => other.CreatedAt)];
    }

    /// <summary>The results that <paramref name="collected"/> holds of <paramref name="job"/>.</summary>
    public static IEnumerable<PastResult> Results(JobRecord job, CollectedJob collected)
    {
        // Without the manifest nobody can say what was run.
        if (collected.Inputs.Length != job.Terms.Total) yield break;
        foreach (var file in collected.Files) yield return Result(file.Tasklet, PastEnding.Delivered, Path.Combine(collected.Directory, file.Name));
        foreach (var failure in collected.Failures) yield return Result(failure.Tasklet, failure.OutOfFuel ? PastEnding.OutOfFuel : PastEnding.Failed, null);

        PastResult Result(uint tasklet, PastEnding ending, string? file) =>
            new(new ContentKey(job.Work.ModuleBlob, collected.Inputs[(int)tasklet], job.Work.MemoryPages, job.Work.OutputLimit), ending, job.Terms.Mfuel, file);
    }
}
