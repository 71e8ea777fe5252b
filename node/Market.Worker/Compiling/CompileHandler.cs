using System.Text;
using Market.Sandbox.Protocol;
using Market.Worker.Engines;
using Wasmtime;

namespace Market.Worker.Compiling;

/// <summary>Compiles canonical modules to artefacts. Runs nothing that it compiles.</summary>
internal sealed class CompileHandler(EngineHost engine) : IHandler
{
    public static IHandler Create(EngineHost engine) => new CompileHandler(engine);

    public void Answer(Message question, MessagePipe pipe)
    {
        if (question.Kind != MessageKind.Compile) throw new InvalidDataException($"a compile worker was asked to {question.Kind}");
        if (Compile(question.Payload.Span) is { } fault) pipe.Write(MessageKind.Refused, Encoding.UTF8.GetBytes(fault));

        string? Compile(ReadOnlySpan<byte> canonical)
        {
            if (Module.Validate(engine.Engine, canonical) is { } invalid) return $"the module is not valid: {FirstLine(invalid)}";
            using var module = Module.FromBytes(engine.Engine, "canonical", canonical);
            if (CanonicalShape.FindFault(module) is { } fault) return fault;
            pipe.Write(MessageKind.Compiled, module.Serialize());
            return null;
        }
    }

    public void Dispose()
    {
        // Holds nothing between questions.
    }

    private static string FirstLine(string text) => text.ReplaceLineEndings(" ").Trim();
}
