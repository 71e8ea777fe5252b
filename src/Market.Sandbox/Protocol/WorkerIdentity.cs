using System.Text;

namespace Market.Sandbox.Protocol;

/// <summary>What a worker says first. Artefacts load only into workers of the very same identity.</summary>
/// <param name="Protocol">Version of this protocol.</param>
/// <param name="Confined">Whether the worker has shut itself off from files, network and other processes.</param>
/// <param name="Engine">Engine name and version, full configuration, architecture and processor features, as one line.</param>
public sealed record WorkerIdentity(int Protocol, bool Confined, string Engine)
{
    /// <summary>The version that this build speaks.</summary>
    public const int CurrentProtocol = 1;

    /// <summary>Longest encoded identity.</summary>
    public const int MaxLength = 4096;

    /// <summary>The Hello payload.</summary>
    public byte[] Encode() => Encoding.UTF8.GetBytes($"{Protocol} {(Confined ? "confined" : "open")} {Engine}");

    /// <summary>Reads a Hello payload; null when it is malformed.</summary>
    public static WorkerIdentity? Decode(ReadOnlySpan<byte> payload) =>
        Encoding.UTF8.GetString(payload).Split(' ', 3) is [var number, ("confined" or "open") and var state, var engine] && int.TryParse(number, out var protocol)
            ? new WorkerIdentity(protocol, state == "confined", engine)
            : null;
}
