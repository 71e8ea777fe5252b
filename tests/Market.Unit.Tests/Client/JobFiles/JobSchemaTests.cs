using System.Text.Json;
using System.Text.Json.Nodes;
using Market.Client.JobFiles;
using Market.Client.JobFiles.Format;
using Market.Unit.Tests.Architecture;
using Market.Unit.Tests.Domain;

namespace Market.Unit.Tests.Client.JobFiles;

public sealed class JobSchemaTests
{
    private static readonly string Committed = Path.Combine(RepositoryRoot.Path, "docs", "schemas", "job.schema.json");
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    // Faults of a file's shape, which a schema can see; it cannot compare values or count.
    private static readonly string[] OfShape = ["E1204", "E1206"];

    [Fact]
    public async Task Schema_IsTheCommittedOne()
    {
        var now = JobSchema.Create().ToJsonString(Indented) + "\n";
        if (Environment.GetEnvironmentVariable("MARKET_WRITE_SNAPSHOTS") is { Length: > 0 }) await File.WriteAllTextAsync(Committed, now, TestContext.Current.CancellationToken);

        Assert.Equal(await File.ReadAllTextAsync(Committed, TestContext.Current.CancellationToken), now);
    }

    [Theory]
    [MemberData(nameof(JobFileTests.Good), MemberType = typeof(JobFileTests))]
    public void GoodFile_IsValid(string name) => Assert.True(SchemaCheck.IsValid(Read("good", name), JobSchema.Create()));

    [Theory]
    [MemberData(nameof(JobFileTests.Bad), MemberType = typeof(JobFileTests))]
    public void FileOfABadShape_IsNot(string name)
    {
        var faults = JobFile.Parse(name, VectorFile.Text($"jobs/bad/{name}"), "/jobs").Diagnostics;
        if (Read("bad", name) is not { } json || !faults.Any(d => OfShape.Contains(d.Code) || d.Message.StartsWith("unknown key", StringComparison.Ordinal))) return;

        Assert.False(SchemaCheck.IsValid(json, JobSchema.Create()));
    }

    [Theory]
    [InlineData("sla: { deadline: 10 }")]
    [InlineData("sla: { deadline: soon }")]
    [InlineData("sla: { deadline: 10m, verification: hope }")]
    [InlineData("sla: { deadline: 10m }\nlimits: { memory: 256 }")]
    [InlineData("sla: { deadline: 10m }\nstages: []")]
    public void BadValue_IsNot(string rest) =>
        Assert.False(SchemaCheck.IsValid(Parse($"version: 1\ntask: {{ module: a.wasm }}\ninputs: {{ range: 0..3 }}\n{rest}\n"), JobSchema.Create()));

    [Fact]
    public void Parameters_MayStandAnywhere() => Assert.True(SchemaCheck.IsValid(
        Parse("version: 1\ntask: { module: \"${m}.wasm\" }\ninputs: { range: \"0..${n}\" }\nsla: { deadline: \"${time}\", verification: \"${how}\" }\nparams: { m: { type: text } }\n"), JobSchema.Create()));

    private static JsonNode? Read(string folder, string name) => Parse(VectorFile.Text($"jobs/{folder}/{name}"));

    private static JsonNode? Parse(string text) => YamlDocumentReader.Read(text, new DiagnosticBag()) is { } node ? SchemaCheck.ToJson(node) : null;
}
