namespace Market.Unit.Tests.Blobs;

/// <summary>A directory that lives as long as the test.</summary>
internal sealed class TempDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("market-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
