using Market.Client.Faults;
using Market.Client.JobFiles;
using Market.Client.Jobs;
using Market.Client.Verifying;
using Market.Unit.Tests.Blobs;

namespace Market.Unit.Tests.Client.Verifying;

/// <summary>Receipts against the job that they are said to answer: no byte of an input, a module or a limit may differ.</summary>
public sealed class InputCheckTests : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly string _job;
    private readonly string _results;

    public InputCheckTests()
    {
        (_job, _results) = (Path.Combine(_temp.Path, "job"), Path.Combine(_temp.Path, "results"));
        Directory.CreateDirectory(Path.Combine(_job, "in"));
        Directory.CreateDirectory(_results);
        File.Copy(Path.Combine(SampleJobs.Folder("textstats"), "textstats.wasm"), Path.Combine(_job, "task.wasm"));
        File.WriteAllText(Path.Combine(_job, "in", "a.txt"), "The first of two inputs, which is short.");
        File.WriteAllText(Path.Combine(_job, "in", "b.txt"), "The second.");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task AnyChangedByteOfAnInput_IsCaught_AtItsTasklet()
    {
        var folder = await CollectedAsync();
        Assert.Equal((2, 0), Counts(InputCheck.Check(await PrepareAsync(), folder)));
        foreach (var (name, tasklet) in new[] { ("a.txt", 0u), ("b.txt", 1u) })
        {
            var path = Path.Combine(_job, "in", name);
            var honest = await File.ReadAllBytesAsync(path, Cancel);
            for (var i = 0; i < honest.Length; i++)
            {
                var changed = (byte[])honest.Clone();
                changed[i] ^= (byte)(1 << (i % 8));
                await File.WriteAllBytesAsync(path, changed, Cancel);

                var fault = Assert.Single(InputCheck.Check(await PrepareAsync(), folder).Faults);

                Assert.Equal((VerificationFaultKind.Input, tasklet), (fault.Kind, fault.Tasklet));
            }

            await File.WriteAllBytesAsync(path, honest, Cancel);
        }
    }

    [Fact]
    public async Task AnyChangedByteOfTheModule_IsCaught()
    {
        var folder = await CollectedAsync();
        var path = Path.Combine(_job, "task.wasm");
        var honest = await File.ReadAllBytesAsync(path, Cancel);
        for (var i = 0; i < honest.Length; i += 97)
        {
            var changed = (byte[])honest.Clone();
            changed[i] ^= 1;
            await File.WriteAllBytesAsync(path, changed, Cancel);

            Assert.True(await IsCaughtAsync(folder), $"byte {i} of the module went unnoticed");
        }
    }

    [Fact]
    public async Task AnotherLimit_OrAnotherArgument_IsCaught()
    {
        var folder = await CollectedAsync();

        Assert.NotEmpty(InputCheck.Check(await PrepareAsync(memory: "17MiB"), folder).Faults);
        Assert.NotEmpty(InputCheck.Check(await PrepareAsync(output: "65KiB"), folder).Faults);
        Assert.Equal(2, InputCheck.Check(await PrepareAsync(args: "[x]"), folder).Faults.Length);
    }

    [Fact]
    public async Task ARetrysReceipts_AreComparedAtTheirPlacesInTheWholeJob()
    {
        var job = await PrepareAsync();
        var part = job.Only([1]);
        SampleReceipts.Write(_results, part.Manifest, part.Work, nonce: 8, part: [1]);
        var folder = Assert.Single(await ReceiptFolder.ReadAllAsync(_results, Cancel));

        Assert.Equal((1, 0), Counts(InputCheck.Check(job, folder)));

        SampleReceipts.Write(_results, part.Manifest, part.Work, nonce: 8, part: [0]);
        Assert.NotEmpty(InputCheck.Check(job, Assert.Single(await ReceiptFolder.ReadAllAsync(_results, Cancel))).Faults);
        SampleReceipts.Write(_results, part.Manifest, part.Work, nonce: 8, part: [7]);
        Assert.NotEmpty(InputCheck.Check(job, Assert.Single(await ReceiptFolder.ReadAllAsync(_results, Cancel))).Faults);
    }

    private static (int, int) Counts((int Inputs, System.Collections.Immutable.ImmutableArray<VerificationFault> Faults) check) => (check.Inputs, check.Faults.Length);

    // A module that is none any more is caught before it is compared.
    private async Task<bool> IsCaughtAsync(ReceiptFolder folder)
    {
        try
        {
            return !InputCheck.Check(await PrepareAsync(), folder).Faults.IsEmpty;
        }
        catch (MarketException e) when (e.Fault.Code is "E1301" or "E1310")
        {
            return true;
        }
    }

    private async Task<ReceiptFolder> CollectedAsync()
    {
        var job = await PrepareAsync();
        SampleReceipts.Write(_results, job.Manifest, job.Work);
        return await ReceiptFolder.ReadAsync(_results, Cancel);
    }

    private async Task<PreparedJob> PrepareAsync(string memory = "16MiB", string output = "64KiB", string args = "[]")
    {
        var file = JobFile.Parse(
            "job.yaml",
            $$"""
            version: 1
            task: { module: task.wasm, args: {{args}} }
            inputs: { glob: "in/*.txt" }
            limits: { memory: {{memory}}, fuel: 10M, output: {{output}} }
            sla: { deadline: 1m }

            """,
            _job).Require();
        return await PreparedJob.PrepareAsync((await JobResolver.ResolveAsync(file, Cancel)).Require(file), Cancel);
    }
}
