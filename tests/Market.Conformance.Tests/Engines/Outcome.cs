using System.Security.Cryptography;

namespace Market.Conformance.Tests.Engines;

/// <summary>How a run of a canonical module ended.</summary>
internal enum RunStatus
{
    Unspecified,
    Exit,
    Trap,
}

/// <summary>All that a run may be judged by, and the memory it leaves, which shows a divergence before the output does.</summary>
/// <param name="Status">Exit or trap.</param>
/// <param name="ExitCode">Code given to exit, else 0.</param>
/// <param name="Fuel">Fuel used, at most the limit.</param>
/// <param name="Output">SHA-256 of the output, in hexadecimal.</param>
/// <param name="Memory">SHA-256 of the memory after the run, in hexadecimal.</param>
internal sealed record Outcome(RunStatus Status, uint ExitCode, long Fuel, string Output, string Memory)
{
    public static string Digest(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public override string ToString() => $"{Status} {ExitCode}, fuel {Fuel}, output {Output[..8]}, memory {Memory[..8]}";
}
