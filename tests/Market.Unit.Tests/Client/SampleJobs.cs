using Market.Client.JobFiles;
using Market.Client.Jobs;

namespace Market.Unit.Tests.Client;

/// <summary>The repository's sample jobs, and jobs made of their modules.</summary>
internal static class SampleJobs
{
    public static string Folder(string sample)
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Market.sln"))) folder = Path.GetDirectoryName(folder)!;
        return Path.Combine(folder, "samples", sample);
    }

    public static Task<PreparedJob> PrepareAsync(string sample, CancellationToken cancel) =>
        PrepareAsync(sample, File.ReadAllText(Path.Combine(Folder(sample), "job.yaml")), cancel);

    public static async Task<PreparedJob> PrepareAsync(string sample, string yaml, CancellationToken cancel)
    {
        var file = JobFile.Parse("job.yaml", yaml, Folder(sample)).Require();
        var resolved = (await JobResolver.ResolveAsync(file, cancel)).Require(file);
        return await PreparedJob.PrepareAsync(resolved, cancel);
    }
}
