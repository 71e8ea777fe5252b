using System.Text.Json;
using System.Text.Json.Nodes;
using Market.Domain.Results;
using Market.Hashing;
using Market.Wasm;
using Market.Wasm.Machine;
using Market.Wasm.Machine.Stepping;

namespace Market.Unit.Tests.Wasm.Machine;

/// <summary>
/// The files under <c>tests/vectors/machine</c>, which any other implementation can be held to. With
/// <c>MARKET_WRITE_VECTORS</c> set they are written anew, for a change of format that is meant.
/// </summary>
public sealed class MachineVectorTests
{
    private static readonly string Vectors = Path.Combine(Repository(), "tests", "vectors", "machine");

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    [Fact]
    public void Programs_HaveTheRootsInTheFile()
    {
        var programs = new JsonArray([.. Binaries().Select(path => (JsonNode)Describe(path))]);

        Check("programs.json", new JsonObject { ["canonicaliserVersion"] = Canonicaliser.Version, ["programs"] = programs });
    }

    [Fact]
    public void Steps_AreThoseInTheFile_AndVerify()
    {
        var cases = new StepCases(11).Take(StepCases.Ops.Count).ToList();
        foreach (var step in cases) Assert.Equal(step.After, StepProof.Verify(step.Before, step.Proof));

        Check("steps.json", new JsonObject
        {
            ["steps"] = new JsonArray([.. cases.Select(step => (JsonNode)new JsonObject
            {
                ["name"] = step.Name, ["before"] = step.Before.ToString(), ["after"] = step.After.ToString(), ["proof"] = Hex.Encode(step.Proof),
            })]),
        });
    }

    [Fact]
    public void HaltedState_IsTheResultThatDevicesCommitTo()
    {
        var output = BlobName.Of("some output"u8);
        var result = new TaskletResult(TaskletStatus.Exited, 7, 1_234_567, output);
        var bytes = new byte[TaskletResult.Size];
        result.Encode(bytes);

        var halted = new MachineHalt(MachineHalt.Exited, 7, 1_234_567, output);

        Assert.Equal(bytes, halted.Encode());
        Assert.Equal(result.Hash(), halted.Hash());
        Assert.Equal((byte)TaskletStatus.Trapped, MachineHalt.Trapped);
    }

    private static JsonObject Describe(string path)
    {
        var wasm = File.ReadAllBytes(path);
        var program = MachineProgram.Lower(wasm)!;
        var name = Path.GetFileNameWithoutExtension(path);
        var frame = new InputFrame([name], 0).Encode();
        var state = SpecState.Start(program, program.Parameters(frame.Length, 0, 1_000_000, 1_024, 65_536)!, frame, []);
        var start = state.Hash;
        for (var i = 0; i < 1_000; i++) state.Step();
        return new JsonObject
        {
            ["name"] = name,
            ["module"] = BlobName.Of(wasm).ToString(),
            ["instructions"] = program.Code.Length,
            ["preimage"] = Hex.Encode(program.Preimage.Span),
            ["root"] = program.Root.ToString(),
            // Arguments: the name alone; no stdin; fuel 10^6, 1,024 pages, 64 KiB of output.
            ["firstState"] = start.ToString(),
            ["stateAfter1000Steps"] = state.Hash.ToString(),
        };
    }

    private static void Check(string file, JsonObject found)
    {
        var path = Path.Combine(Vectors, file);
        if (Environment.GetEnvironmentVariable("MARKET_WRITE_VECTORS") is not null)
        {
            Directory.CreateDirectory(Vectors);
            File.WriteAllText(path, found.ToJsonString(Indented) + "\n");
        }

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(File.ReadAllText(path)), found), $"{file} differs; if the format was meant to change, set MARKET_WRITE_VECTORS and look at the diff");
    }

    private static IEnumerable<string> Binaries() =>
        new[] { "samples", Path.Combine("bench", "kernels") }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository(), folder), "*.wasm", SearchOption.AllDirectories))
            .Where(path => !path.Contains("node_modules", StringComparison.Ordinal))
            .OrderBy(Path.GetFileName, StringComparer.Ordinal);

    private static string Repository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Market.sln"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}
