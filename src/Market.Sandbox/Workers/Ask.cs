using Market.Sandbox.Protocol;

namespace Market.Sandbox.Workers;

/// <summary>One question to a worker. Kind None sends nothing and only waits for the worker's first word.</summary>
internal sealed record Ask(MessageKind Kind, int MaxReply, AskLimits Limits)
{
    public ReadOnlyMemory<byte> Head { get; init; }

    public ReadOnlyMemory<byte> Middle { get; init; }

    public ReadOnlyMemory<byte> Tail { get; init; }
}

/// <summary>What the worker may take for an answer before it is killed.</summary>
internal readonly record struct AskLimits(TimeSpan WallClock, long ResidentBytes);

/// <summary>A worker's answer, or why there is none; without one the worker is dead.</summary>
internal readonly record struct Answer(Message? Message, GiveUpReason Reason, string Detail)
{
    public static Answer Of(Message message) => new(message, GiveUpReason.Unspecified, "");

    public static Answer Lost(GiveUpReason reason, string detail) => new(null, reason, detail);
}
