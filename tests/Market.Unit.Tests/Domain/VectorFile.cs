using System.Text.Json;

namespace Market.Unit.Tests.Domain;

/// <summary>Reads the vector files that suites share.</summary>
internal static class VectorFile
{
    public static JsonElement Read(string name)
    {
        using var document = JsonDocument.Parse(Text(name));
        return document.RootElement.Clone();
    }

    public static string Text(string name) => File.ReadAllText(Path.Combine(Folder(), name));

    public static IEnumerable<string> Names(string folder, string pattern) =>
        Directory.EnumerateFiles(Path.Combine(Folder(), folder), pattern).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    /// <summary>Writes a golden file when UPDATE_VECTORS=1, so that a wanted change shows in review.</summary>
    public static void UpdateIfAsked(string name, string text)
    {
        if (Environment.GetEnvironmentVariable("UPDATE_VECTORS") == "1") File.WriteAllText(Path.Combine(Folder(), name), text);
    }

    public static uint UInt(this JsonElement element, string name) => element.GetProperty(name).GetUInt32();

    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static string Folder()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Market.sln"))) folder = Path.GetDirectoryName(folder)!;
        return Path.Combine(folder, "tests", "vectors");
    }
}
