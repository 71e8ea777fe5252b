using System.Text;
using Market.Client.JobFiles;

namespace Market.Unit.Tests.Client.JobFiles;

public sealed class JobResolverTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("job-resolver-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Range_GivesNumbersWithEmptyInput()
    {
        Write("a.wasm");

        var job = (await ResolveAsync("task: { module: a.wasm, args: ['{index}', 'x{item}'] }\ninputs: { range: -1..1 }")).Job!;

        Assert.Equal(["-1", "0", "1"], job.Only.Tasklets.Select(t => t.Item));
        Assert.Equal(["a.wasm", "2", "x1"], job.Only.Tasklets[2].Args);
        Assert.Equal("2.out", job.OutputName(2));
        Assert.Equal(0, job.Only.Tasklets[2].Stdin.Length);
    }

    [Fact]
    public async Task Glob_TakesFilesInOrdinalOrderAndReadsThem()
    {
        Write("bin/a.wasm");
        Write("in/b.txt", "bb");
        Write("in/B.txt", "BB");
        Write("in/deep/a.txt", "aa");
        Write("in/c.md");

        var job = (await ResolveAsync("task: { module: bin/a.wasm }\ninputs: { glob: 'in/**/*.txt' }\noutput: { name: '{index}-{stem}' }")).Job!;

        Assert.Equal(["in/B.txt", "in/b.txt", "in/deep/a.txt"], job.Only.Tasklets.Select(t => t.Item));
        Assert.Equal(["0-B", "1-b", "2-a"], Enumerable.Range(0, 3).Select(job.OutputName));
        Assert.Equal("aa", Encoding.UTF8.GetString((await job.Only.Tasklets[2].ReadStdinAsync(TestContext.Current.CancellationToken)).Span));
    }

    [Fact]
    public async Task Lines_SkipsEmptyOnes()
    {
        Write("a.wasm");
        Write("items.txt", "eins\r\n\nzwei");

        var job = (await ResolveAsync("task: { module: a.wasm }\ninputs: { lines: items.txt }")).Job!;

        Assert.Equal(["eins", "zwei"], job.Only.Tasklets.Select(t => t.Item));
        Assert.Equal("zwei", Encoding.UTF8.GetString(job.Only.Tasklets[1].Stdin.Span));
    }

    [Theory]
    [InlineData("task: { module: b.wasm }\ninputs: { range: 0..1 }", "E1231", "there is no module 'b.wasm'; nearest: a.wasm")]
    [InlineData("task: { module: a.wasm }\ninputs: { glob: 'books/*.txt' }", "E1230", "'books/*.txt' matches no file")]
    [InlineData("task: { module: a.wasm }\ninputs: { glob: '../*.txt' }", "E1203", "leaves the job file's folder")]
    [InlineData("task: { module: a.wasm }\ninputs: { glob: '*.wasm', max: 1 }", "E1232", "matches 2 files, more than 'inputs.max' 1")]
    [InlineData("task: { module: a.wasm }\ninputs: { lines: nope.txt }", "E1231", "there is no file 'nope.txt'; nearest:")]
    [InlineData("task: { module: a.wasm }\ninputs: { list: [x, X] }\noutput: { name: '{item}' }", "E1229", "'x' and 'X' would both be written to 'X'")]
    [InlineData("task: { module: a.wasm }\ninputs: { list: [../x, y] }\noutput: { name: '{item}' }", "E1228", "'../x' would be written to '../x'")]
    [InlineData("task: { module: a.wasm }\ninputs: { list: [receipts, y] }\noutput: { name: '{item}.json' }", "E1229", "written over 'receipts.json'")]
    [InlineData("task: { module: a.wasm }\ninputs: { range: 0..6 }\noutput: { name: '{index}', assemble: { png: x.png, columns: 4 } }", "E1234", "7 tiles do not fill rows of 4")]
    public async Task WhatCannotBeHad_IsReportedAtItsPlace(string job, string code, string message)
    {
        Write("a.wasm");
        Write("aa.wasm");

        var result = await ResolveAsync(job);

        Assert.Null(result.Job);
        var fault = Assert.Single(result.Diagnostics);
        Assert.Equal(code, fault.Code);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        Assert.NotEqual(1, fault.Span.Line);
    }

    private async Task<ResolvedJobResult> ResolveAsync(string body)
    {
        var result = JobFile.Parse("job.yaml", $"version: 1\n{body}\nsla: {{ deadline: 1m }}\n", _folder);
        return await JobResolver.ResolveAsync(result.Require(), TestContext.Current.CancellationToken);
    }

    private void Write(string name, string content = "")
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }
}
