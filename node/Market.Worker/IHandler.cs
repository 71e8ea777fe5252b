using Market.Sandbox.Protocol;

namespace Market.Worker;

/// <summary>Answers one question after another, each exactly once.</summary>
internal interface IHandler : IDisposable
{
    void Answer(Message question, MessagePipe pipe);
}
