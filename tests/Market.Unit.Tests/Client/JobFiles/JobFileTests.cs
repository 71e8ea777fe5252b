using Market.Client.Faults;
using Market.Client.JobFiles;
using Market.Domain.Identity;
using Market.Domain.Jobs;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Unit.Tests.Domain;

namespace Market.Unit.Tests.Client.JobFiles;

public sealed class JobFileTests
{
    public static TheoryData<string> Good() => new(VectorFile.Names("jobs/good", "*.yaml"));

    public static TheoryData<string> Bad() => new(VectorFile.Names("jobs/bad", "*.yaml"));

    [Theory]
    [MemberData(nameof(Good))]
    public void GoodFile_HasNothingToReport(string name) => Assert.Empty(Read("good", name).Diagnostics);

    [Theory]
    [MemberData(nameof(Bad))]
    public void BadFile_ReportsEveryFaultAtItsPlace(string name)
    {
        var result = Read("bad", name);

        var report = string.Join('\n', result.Diagnostics.Select(d => d.Render(result.Source))) + "\n";
        Assert.Null(result.File);
        VectorFile.UpdateIfAsked($"jobs/bad/{Path.ChangeExtension(name, ".txt")}", report);
        Assert.Equal(VectorFile.Text($"jobs/bad/{Path.ChangeExtension(name, ".txt")}"), report);
    }

    [Fact]
    public void EveryField_IsBound()
    {
        var job = Read("good", "fractal.yaml").Require().Spec;

        Assert.Equal("fractal-tiles", job.Name);
        Assert.Equal("mandel.wasm", job.Only.Task.Module);
        Assert.Equal(["{index}", "64"], job.Only.Task.Args.Select(a => a.Source));
        Assert.Equal(new RangeInputs(0, 63), job.Only.Inputs);
        Assert.Equal("tile-7.ppm", job.Output.Name.Fill(7, "7"));
        Assert.Equal(new PictureSpec("fractal.png", 8), job.Output.Picture);
        Assert.Equal(new LimitSpec(new ByteSize(256 << 20), new Fuel(20_000_000_000), TimeSpan.FromSeconds(30), new ByteSize(4 << 20)), job.Only.Limits);
        Assert.Equal(4096u, job.Only.Limits.MemoryPages);
        Assert.Equal(TimeSpan.FromMinutes(10), job.Sla.Deadline);
        Assert.Equal(new DecimalAmount(10, 2, "CRD"), job.Sla.Budget);
        Assert.Equal(Verdict.Optimistic, job.Sla.Verification);
        Assert.Equal(AttestationLevel.Benchmarked, job.Sla.Attestation);
        Assert.Equal(TimeSpan.FromSeconds(10), job.Sla.Window);
    }

    [Fact]
    public void MinimalFile_GetsTheDocumentedDefaults()
    {
        var job = Read("good", "minimal.yaml").Require().Spec;

        Assert.Equal("minimal", job.Name);
        Assert.Equal(new GlobInputs("books/**/*.txt", 10_000), job.Only.Inputs);
        Assert.Equal("out", job.Output.Directory);
        Assert.Equal("a.txt.out", job.Output.Name.Fill(0, "books/x/a.txt"));
        Assert.Equal(LimitSpec.Default, job.Only.Limits);
        Assert.Equal(TimeSpan.FromMinutes(90), job.Sla.Deadline);
        Assert.Null(job.Sla.Budget);
        Assert.Null(job.Sla.Window);
        Assert.Equal(AttestationLevel.SelfDeclared, job.Sla.Attestation);
    }

    [Fact]
    public void TrustedFile_NamesItsDevices()
    {
        var job = Read("good", "trusted-list.yaml").Require().Spec;

        Assert.Equal(Verdict.Trusted, job.Sla.Verification);
        Assert.Equal([new DeviceId(3), new DeviceId(7)], job.Sla.Devices);
        Assert.Equal(["--lang", "en", "{literal}", "3"], job.Only.Task.Args.Select(a => a.Fill(0, "")));
    }

    [Fact]
    public void Require_OfABadFile_IsOneFaultThatNamesThemAll()
    {
        var result = Read("bad", "typos.yaml");

        var fault = Assert.Throws<MarketException>(() => result.Require()).Fault;

        Assert.Equal(("E1200", ExitCode.FileInvalid), (fault.Code, fault.Exit));
        Assert.All(result.Diagnostics, d => Assert.Contains(d.Message, fault.Message, StringComparison.Ordinal));
    }

    private static JobFileResult Read(string folder, string name) => JobFile.Parse(name, VectorFile.Text($"jobs/{folder}/{name}"), "/jobs");
}
