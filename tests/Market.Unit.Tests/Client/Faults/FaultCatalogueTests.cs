using System.Text.RegularExpressions;
using Market.Client.Faults;
using Market.Unit.Tests.Architecture;

namespace Market.Unit.Tests.Client.Faults;

public sealed partial class FaultCatalogueTests
{
    [Fact]
    public void EveryCodeInTheSource_HasAPage_AndEveryPageACode()
    {
        var used = new[] { "src", "node" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, folder), "*.cs", SearchOption.AllDirectories))
            .SelectMany(file => Code().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))
            .ToHashSet();

        Assert.True(used.Count > 80, $"only {used.Count} codes were found");
        Assert.Equal(used.Order(StringComparer.Ordinal), FaultCatalogue.Pages.Keys);
    }

    [Fact]
    public void EveryPage_SaysWhatToDo() => Assert.All(FaultCatalogue.Pages.Values, page => Assert.Contains("Do: ", page.Text, StringComparison.Ordinal));

    // In quotes, or in the markup of a message.
    [GeneratedRegex("""(?:"|error )(E\d{4})\b""")]
    private static partial Regex Code();
}
