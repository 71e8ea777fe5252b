namespace Market.Unit.Tests.Architecture;

public sealed class ReadmeTests
{
    [Fact]
    public async Task TheProgramThatItShows_IsTheOneThatRuns()
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "README.md"), TestContext.Current.CancellationToken);
        var program = await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "samples", "wordcount", "Program.cs"), TestContext.Current.CancellationToken);

        Assert.Contains($"```csharp\n{program.TrimEnd()}\n```", readme, StringComparison.Ordinal);
    }
}
