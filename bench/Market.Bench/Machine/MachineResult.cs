using System.Text.Json.Serialization;

namespace Market.Bench.Machine;

/// <summary>One kernel in the step machine.</summary>
/// <param name="Name">The kernel.</param>
/// <param name="Size">Its argument.</param>
/// <param name="Steps">Steps of the whole run.</param>
/// <param name="StepsPerSecond">Steps per second of processor time.</param>
internal sealed record MachineKernel(string Name, string Size, long Steps, double StepsPerSecond);

/// <summary>What another system states.</summary>
internal sealed record Comparison(string Name, double? StepsPerSecond, string Source);

/// <param name="Kernels">By kernel.</param>
/// <param name="StepsPerSecond">Geometric mean over the kernels.</param>
/// <param name="KeccakMbPerSecond">Bytes (10^6) of a 64 MiB blob that become a tree's root per second.</param>
/// <param name="SnapshotMs">A snapshot of 64 MiB of memory of which every page was written, milliseconds.</param>
/// <param name="RootMs">Its root, milliseconds.</param>
/// <param name="Peers">Beside it.</param>
/// <param name="Method">How it was measured.</param>
internal sealed record MachineResult(
    IReadOnlyList<MachineKernel> Kernels, double StepsPerSecond, double KeccakMbPerSecond, double SnapshotMs, double RootMs, IReadOnlyList<Comparison> Peers, string Method);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(MachineResult))]
internal sealed partial class MachineResultsContext : JsonSerializerContext;
