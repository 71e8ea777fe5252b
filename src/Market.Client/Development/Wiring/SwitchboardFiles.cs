using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Market.Client.Development.Wiring;

/// <summary>A switchboard's folder: which lines it has, and what is wrong with them. Whoever writes the latter cuts lines.</summary>
public sealed class SwitchboardFiles(string folder)
{
    private string LinesPath => Path.Combine(folder, "switchboard.json");

    private string StatesPath => Path.Combine(folder, "switchboard-states.json");

    /// <summary>All lines.</summary>
    public ImmutableArray<Line> Lines() => JsonSerializer.Deserialize(File.ReadAllText(LinesPath), SwitchboardJson.Default.ImmutableArrayLine);

    /// <summary>Lays the lines.</summary>
    public void Write(ImmutableArray<Line> lines) => File.WriteAllText(LinesPath, JsonSerializer.Serialize(lines, SwitchboardJson.Default.ImmutableArrayLine));

    /// <summary>Lines that something is wrong with, by name; the rest is open.</summary>
    public ImmutableDictionary<string, LineState> States() => File.Exists(StatesPath)
        ? JsonSerializer.Deserialize(File.ReadAllText(StatesPath), SwitchboardJson.Default.ImmutableDictionaryStringLineState)!
        : ImmutableDictionary<string, LineState>.Empty;

    /// <summary>Says what is wrong from now on.</summary>
    public void Write(ImmutableDictionary<string, LineState> states)
    {
        // Read while it is written, it would be half a file.
        var fresh = StatesPath + ".new";
        File.WriteAllText(fresh, JsonSerializer.Serialize(states, SwitchboardJson.Default.ImmutableDictionaryStringLineState));
        File.Move(fresh, StatesPath, overwrite: true);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ImmutableArray<Line>))]
[JsonSerializable(typeof(ImmutableDictionary<string, LineState>))]
internal sealed partial class SwitchboardJson : JsonSerializerContext;
