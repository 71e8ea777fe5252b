using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Market.Unit.Tests.Architecture;

/// <summary>docker-compose.yml against the tree: what it names must be there. No engine is needed.</summary>
public sealed partial class ComposeTests
{
    [GeneratedRegex(@"^COPY (?!--from)(?<sources>.+) \S+$", RegexOptions.Multiline)]
    private static partial Regex Copies { get; }

    [GeneratedRegex(@"^ARG (?<name>\w+)=\S+$", RegexOptions.Multiline)]
    private static partial Regex Arguments { get; }

    public static TheoryData<string> Services => [.. Compose().Children.Keys.Select(k => ((YamlScalarNode)k).Value!)];

    [Theory]
    [MemberData(nameof(Services))]
    public void Service_BuildsFromADockerfileOfOurs_WhoseSourcesAndArgumentsExist(string service)
    {
        var build = (YamlMappingNode)Compose()[service]["build"];
        var file = Path.Combine(RepositoryRoot.Path, ((YamlScalarNode)build["dockerfile"]).Value!);

        var text = File.ReadAllText(file);

        var sources = Copies.Matches(text).SelectMany(m => m.Groups["sources"].Value.Split(' '));
        Assert.All(sources, s => Assert.True(Path.Exists(Path.Combine(RepositoryRoot.Path, s)), $"{file} copies {s}, which is not there"));
        var declared = Arguments.Matches(text).Select(m => m.Groups["name"].Value).ToList();
        Assert.Contains("BASE", declared);
        Assert.Equal(declared.Order(), ((YamlMappingNode)build["args"]).Children.Keys.Select(k => ((YamlScalarNode)k).Value).Order());
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void Service_PublishesOnLoopbackOnly(string service) =>
        Assert.All((YamlSequenceNode)Compose()[service]["ports"], p => Assert.StartsWith("127.0.0.1:", ((YamlScalarNode)p).Value, StringComparison.Ordinal));

    private static YamlMappingNode Compose()
    {
        var yaml = new YamlStream();
        using var file = File.OpenText(Path.Combine(RepositoryRoot.Path, "docker-compose.yml"));
        yaml.Load(file);
        return (YamlMappingNode)yaml.Documents[0].RootNode["services"];
    }
}
