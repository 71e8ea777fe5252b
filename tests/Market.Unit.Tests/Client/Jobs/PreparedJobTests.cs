using Market.Client.Faults;
using Market.Client.JobFiles;
using Market.Client.Jobs;
using Market.Domain.Results;
using Market.Hashing;
using Market.Wasm;

namespace Market.Unit.Tests.Client.Jobs;

public sealed class PreparedJobTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Prepare_NamesEveryInputInOrder()
    {
        var job = await SampleJobs.PrepareAsync("textstats", Cancel);

        var texts = Directory.GetFiles(Path.Combine(SampleJobs.Folder("textstats"), "texts"), "*.txt").Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(texts.Select(path => BlobName.Of(File.ReadAllBytes(path))), job.Manifest.Records.Select(record => record.Stdin));
        Assert.Equal(job.Manifest.Records.Select(record => record.Frame), job.Frames.Select(frame => BlobName.Of(frame)));
        Assert.True(InputFrame.TryDecode(job.Frames[0], out var first));
        Assert.Equal(["textstats.wasm"], first!.Arguments);
        Assert.Equal((ulong)new FileInfo(texts[0]).Length, first.StdinLength);
    }

    [Fact]
    public async Task Prepare_CommitsToTheModuleAndTheLimits()
    {
        var job = await SampleJobs.PrepareAsync("fractal", Cancel);

        Assert.Equal(BlobName.Of(File.ReadAllBytes(Path.Combine(SampleJobs.Folder("fractal"), "fractal.wasm"))), job.Work.ModuleBlob);
        Assert.Equal(job.Manifest.Name, job.Work.ManifestBlob(64));
        Assert.Equal((256u, 1u << 20), (job.Work.MemoryPages, job.Work.OutputLimit));
    }

    [Fact]
    public async Task Blobs_AreEachGivenOnceAndReadAsNamed()
    {
        var job = await SampleJobs.PrepareAsync("fractal", Cancel);

        var blobs = job.Blobs().ToArray();

        // Module, manifest, one frame a tile, and the empty standard input that they share.
        Assert.Equal(67, blobs.Length);
        foreach (var blob in blobs) Assert.Equal(blob.Name, BlobName.Of((await blob.ReadAsync(Cancel)).Span));
        Assert.True(Manifest.TryDecode((await blobs[1].ReadAsync(Cancel)).Span, out _));
    }

    [Fact]
    public async Task Prepare_OfWhatIsNoWasm_SaysWhatAndWhere()
    {
        var folder = Directory.CreateTempSubdirectory("prepared-job-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "a.wasm"), "hello", Cancel);
            var file = JobFile.Parse("job.yaml", "version: 1\ntask: { module: a.wasm }\ninputs: { range: 0..1 }\nsla: { deadline: 1m }\n", folder).Require();
            var resolved = (await JobResolver.ResolveAsync(file, Cancel)).Require(file);

            var fault = (await Assert.ThrowsAsync<MarketException>(() => PreparedJob.PrepareAsync(resolved, Cancel))).Fault;

            Assert.Equal(("E1301", ExitCode.FileInvalid), (fault.Code, fault.Exit));
            Assert.Contains("a.wasm cannot run on the market", fault.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
