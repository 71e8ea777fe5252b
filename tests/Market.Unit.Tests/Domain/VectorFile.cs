using System.Text.Json;

namespace Market.Unit.Tests.Domain;

/// <summary>Reads the vector files that C# and Solidity share.</summary>
internal static class VectorFile
{
    public static JsonElement Read(string name)
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Market.sln"))) folder = Path.GetDirectoryName(folder)!;
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "tests", "vectors", name)));
        return document.RootElement.Clone();
    }

    public static uint UInt(this JsonElement element, string name) => element.GetProperty(name).GetUInt32();

    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
