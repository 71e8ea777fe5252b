using System.Collections.Immutable;

namespace Market.Client.Faults;

/// <summary>A page about one code.</summary>
/// <param name="Code">Such as E2104.</param>
/// <param name="Title">A few words.</param>
/// <param name="Text">What it means, and what to do.</param>
public sealed record FaultPage(string Code, string Title, string Text);

/// <summary>What each code means, offline: the pages of catalogue.md.</summary>
public static class FaultCatalogue
{
    private const string Heading = "## ";

    /// <summary>All pages by code.</summary>
    public static ImmutableSortedDictionary<string, FaultPage> Pages { get; } = Read();

    private static ImmutableSortedDictionary<string, FaultPage> Read()
    {
        using var stream = typeof(FaultCatalogue).Assembly.GetManifestResourceStream("Market.Client.Faults.catalogue.md")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split(Heading).Skip(1).Select(Page).ToImmutableSortedDictionary(page => page.Code, page => page, StringComparer.Ordinal);
    }

    private static FaultPage Page(string section)
    {
        var (heading, text) = (section[..section.IndexOf('\n', StringComparison.Ordinal)], section[section.IndexOf('\n', StringComparison.Ordinal)..]);
        var space = heading.IndexOf(' ', StringComparison.Ordinal);
        return new FaultPage(heading[..space], heading[(space + 1)..].Trim(), text.Trim());
    }
}
