using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Market.Sandbox.Protocol;
using Market.Wasm.Machine.Arithmetic;
using Market.Worker.Engines;
using Market.Worker.Host;

namespace Market.Worker;

/// <summary>
/// The life of a worker: one thread with a large stack works, the main thread reads. When the supervisor is gone its
/// pipe ends, and the worker ends at once, whatever its guest is doing.
/// </summary>
internal static class Session
{
    public static void Serve(MessagePipe pipe, Func<EngineHost, IHandler> create)
    {
        using var questions = new BlockingCollection<Message>(boundedCapacity: 1);
        new Thread(() => Work(pipe, questions, create), EngineHost.ThreadStackSize) { IsBackground = true, Name = "guest" }.Start();
        while (pipe.Read(RunRequest.MaxLength) is { } question) questions.Add(question);

        // An orderly exit would wait for native code; there is nothing to put in order.
        Process.GetCurrentProcess().Kill();
    }

    private static void Work(MessagePipe pipe, BlockingCollection<Message> questions, Func<EngineHost, IHandler> create)
    {
        if (FloatMode.FindFault() is { } fault)
        {
            pipe.Write(MessageKind.Unfit, Encoding.UTF8.GetBytes(fault));
            return;
        }

        using var engine = new EngineHost();
        using var handler = create(engine);

        // After the engine's library is loaded: a library may switch the float mode of the threads that load it.
        if (FloatMode.FindFault() is { } later)
        {
            pipe.Write(MessageKind.Unfit, Encoding.UTF8.GetBytes(later));
            return;
        }

        Assemblies.LoadAll();
        var confined = SystemCallFilter.TryInstall();
        pipe.Write(MessageKind.Hello, new WorkerIdentity(WorkerIdentity.CurrentProtocol, confined, engine.Identity).Encode());
        foreach (var question in questions.GetConsumingEnumerable()) handler.Answer(question, pipe);
    }
}
