using System.Text;

namespace Market.Sandbox.Protocol;

/// <summary>What a worker says first. Artefacts load only into workers of the very same identity.</summary>
/// <param name="Protocol">Version of this protocol.</param>
/// <param name="Engine">Engine name and version, full configuration, architecture and processor features, as one line.</param>
public sealed record WorkerIdentity(int Protocol, string Engine)
{
    /// <summary>The version that this build speaks.</summary>
    public const int CurrentProtocol = 1;

    /// <summary>Longest encoded identity.</summary>
    public const int MaxLength = 4096;

    /// <summary>The Hello payload.</summary>
    public byte[] Encode() => Encoding.UTF8.GetBytes($"{Protocol} {Engine}");

    /// <summary>Reads a Hello payload; null when it is malformed.</summary>
    public static WorkerIdentity? Decode(ReadOnlySpan<byte> payload)
    {
        var text = Encoding.UTF8.GetString(payload);
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 && int.TryParse(text.AsSpan(0, space), out var protocol)
            ? new WorkerIdentity(protocol, text[(space + 1)..])
            : null;
    }
}
