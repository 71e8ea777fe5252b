using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;

namespace Market.Conformance.Tests.Engines;

/// <summary>One run that <see cref="V8Engine"/> is asked for.</summary>
internal sealed record V8Run(byte[] Canonical, byte[] Input, long Limit);

/// <summary>Runs canonical modules in V8, many in one process of Node.</summary>
internal static class V8Engine
{
    /// <summary>Outcomes of <paramref name="runs"/>, in order.</summary>
    public static IReadOnlyList<Outcome> Run(IReadOnlyCollection<V8Run> runs)
    {
        var start = new ProcessStartInfo("node") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Engines", "v8.mjs"));
        using var node = Process.Start(start) ?? throw new InvalidOperationException("node does not start");
        var errors = node.StandardError.ReadToEndAsync();
        var lines = node.StandardOutput.ReadToEndAsync();
        using (var stream = node.StandardInput.BaseStream)
        {
            foreach (var run in runs) Write(stream, run);
        }

        node.WaitForExit();
        if (node.ExitCode != 0) throw new InvalidOperationException($"node failed: {errors.GetAwaiter().GetResult()}");
        var outcomes = lines.GetAwaiter().GetResult().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Read).ToList();
        return outcomes.Count == runs.Count ? outcomes : throw new InvalidOperationException($"{outcomes.Count} outcomes of {runs.Count} runs");
    }

    private static void Write(Stream stream, V8Run run)
    {
        Span<byte> header = stackalloc byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(header, run.Limit);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], run.Canonical.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], run.Input.Length);
        stream.Write(header);
        stream.Write(run.Canonical);
        stream.Write(run.Input);
    }

    private static Outcome Read(string line)
    {
        var words = line.Split(' ');
        var status = words[0] switch
        {
            "exit" => RunStatus.Exit,
            "trap" => RunStatus.Trap,
            _ => throw new InvalidOperationException($"V8 gives no result: {line}"),
        };
        return new Outcome(status, uint.Parse(words[1], CultureInfo.InvariantCulture), long.Parse(words[2], CultureInfo.InvariantCulture), words[3], words[4]);
    }
}
