using System.Xml.Linq;

namespace Market.Unit.Tests.Architecture;

/// <summary>Who may know whom: docs/architecture.md, read from the project files themselves.</summary>
public sealed class ReferenceTests
{
    // Each project may reference what this list gives it and nothing else.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Market.Hashing"] = [],
        ["Market.Wasm"] = ["Market.Hashing"],
        ["Market.Ethereum"] = ["Market.Hashing"],
        ["Market.Domain"] = ["Market.Hashing"],
        ["Market.Blobs"] = ["Market.Hashing"],
        ["Market.Chain"] = ["Market.Hashing", "Market.Ethereum", "Market.Domain"],
        ["Market.Sandbox"] = ["Market.Hashing", "Market.Wasm", "Market.Domain"],
        ["Market.Transport"] = ["Market.Hashing", "Market.Ethereum", "Market.Domain", "Market.Blobs"],
        ["Market.Client"] = ["Market.Hashing", "Market.Wasm", "Market.Ethereum", "Market.Domain", "Market.Blobs", "Market.Chain", "Market.Sandbox", "Market.Transport"],
        ["Market.Cli"] = ["Market.Client"],
        ["Market.Node"] = ["Market.Client"],
        ["Market.Worker"] = ["Market.Sandbox"],
    };

    public static TheoryData<string> Projects =>
        [.. ProjectFiles().Select(p => Path.GetRelativePath(RepositoryRoot.Path, p)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_ReferencesOnlyWhatStandsToItsLeft(string project)
    {
        var name = Path.GetFileNameWithoutExtension(project);
        var references = XDocument.Load(Path.Combine(RepositoryRoot.Path, project))
            .Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')));

        Assert.True(Allowed.ContainsKey(name), $"{name} is not on the map of the architecture");
        Assert.Empty(references.Except(Allowed[name]));
    }

    [Fact]
    public void EveryProjectOnTheMap_Exists() =>
        Assert.Equal(Allowed.Keys.Order(), ProjectFiles().Select(Path.GetFileNameWithoutExtension).Order());

    private static IEnumerable<string> ProjectFiles() =>
        new[] { "src", "node" }.SelectMany(folder => Directory.EnumerateFiles(
            Path.Combine(RepositoryRoot.Path, folder), "*.csproj", SearchOption.AllDirectories));
}
