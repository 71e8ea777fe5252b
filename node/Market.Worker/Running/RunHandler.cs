using System.Text;
using Market.Domain.Results;
using Market.Sandbox;
using Market.Sandbox.Protocol;
using Market.Wasm.Machine.Arithmetic;
using Market.Worker.Engines;
using Wasmtime;

namespace Market.Worker.Running;

/// <summary>Runs the tasklets of one module, each in a store of its own.</summary>
internal sealed class RunHandler : IHandler
{
    private const long PageSize = 65_536;
    private const uint TableElements = 10_000_000;

    private readonly EngineHost _engine;
    private readonly Linker _linker;
    private readonly HostFunctions _host = new();
    private Module? _module;
    private long _initialPages;

    private RunHandler(EngineHost engine)
    {
        _engine = engine;
        _linker = new Linker(engine.Engine);
        _host.Define(_linker);
    }

    public static IHandler Create(EngineHost engine) => new RunHandler(engine);

    public void Answer(Message question, MessagePipe pipe)
    {
        switch (question.Kind)
        {
            case MessageKind.Load when _module is null:
                _module = Module.Deserialize(_engine.Engine, "canonical", question.Payload.Span);
                _initialPages = _module.Exports.OfType<MemoryExport>().Single().Minimum;
                pipe.Write(MessageKind.Loaded, []);
                break;
            case MessageKind.Run when _module is not null:
                Run(_module, question.Payload, pipe);
                break;
            default:
                throw new InvalidDataException($"a run worker was asked to {question.Kind} out of turn");
        }
    }

    public void Dispose()
    {
        _module?.Dispose();
        _linker.Dispose();
    }

    private void Run(Module module, ReadOnlyMemory<byte> payload, MessagePipe pipe)
    {
        var (request, input) = RunRequest.Decode(payload);
        if (_initialPages > request.MemoryPages)
        {
            pipe.Write(MessageKind.Refused, Encoding.UTF8.GetBytes($"the module starts with {_initialPages} pages of memory; the limit is {request.MemoryPages}"));
            return;
        }

        if (FloatMode.FindFault() is { } fault)
        {
            pipe.Write(MessageKind.Unfit, Encoding.UTF8.GetBytes(fault));
            return;
        }

        using var store = new Store(_engine.Engine);
        store.SetLimits(request.MemoryPages * PageSize, TableElements, instances: 1, tables: 1, memories: 1);
        var instance = _linker.Instantiate(store, module);
        var memory = instance.GetMemory(CanonicalShape.Memory)!;
        var fuel = instance.GetGlobal(CanonicalShape.Fuel)!.Wrap<long>()!;
        var run = instance.GetAction(CanonicalShape.EntryPoint)!;
        fuel.SetValue((long)request.Fuel);
        _host.Begin(memory, input, request.OutputBytes);
        var end = Invoke(run);
        _host.End();

        if (end.GaveUp is { } reason)
        {
            pipe.Write(MessageKind.GaveUp, [(byte)reason, .. Encoding.UTF8.GetBytes(end.Detail)]);
            return;
        }

        // The meter goes below zero in the block that overdraws it; a bill never exceeds the limit.
        var left = fuel.GetValue();
        var used = request.Fuel - Math.Min(request.Fuel, (ulong)Math.Max(left, 0));
        var trap = end.Trap != TrapKind.None && left < 0 ? TrapKind.OutOfFuel : end.Trap;
        var reply = new HaltedReply(trap == TrapKind.None ? TaskletStatus.Exited : TaskletStatus.Trapped, trap, end.ExitCode, used);
        Span<byte> head = stackalloc byte[HaltedReply.Size];
        reply.Encode(head);
        pipe.Write(MessageKind.Halted, head, _host.Output);
    }

    private static RunEnd Invoke(Action run)
    {
        try
        {
            run();
            return new RunEnd(TrapKind.None, 0, null, "");
        }
        catch (TrapException trap)
        {
            return FromTrap(trap.Type);
        }
        catch (WasmtimeException e) when (e.InnerException is HaltException halt)
        {
            return new RunEnd(halt.Trap, halt.ExitCode, null, "");
        }
    }

    private static RunEnd FromTrap(TrapCode code)
    {
        var kind = code switch
        {
            TrapCode.Unreachable => TrapKind.Unreachable,
            TrapCode.MemoryOutOfBounds or TrapCode.HeapMisaligned => TrapKind.MemoryBounds,
            TrapCode.TableOutOfBounds => TrapKind.TableBounds,
            TrapCode.IndirectCallToNull => TrapKind.EmptyTableSlot,
            TrapCode.BadSignature => TrapKind.SignatureMismatch,
            TrapCode.IntegerOverflow => TrapKind.IntegerOverflow,
            TrapCode.IntegerDivisionByZero => TrapKind.DivisionByZero,
            TrapCode.BadConversionToInteger => TrapKind.BadConversion,
            _ => TrapKind.None,
        };
        return (kind, code) switch
        {
            (not TrapKind.None, _) => new RunEnd(kind, 0, null, ""),

            // How deep native frames reach differs between engines and versions: no result.
            (_, TrapCode.StackOverflow) => new RunEnd(TrapKind.None, 0, GiveUpReason.NativeStack, "the engine's stack overflowed"),
            _ => new RunEnd(TrapKind.None, 0, GiveUpReason.Unfit, $"the engine trapped with {code}, which no canonical module can cause"),
        };
    }

    private readonly record struct RunEnd(TrapKind Trap, uint ExitCode, GiveUpReason? GaveUp, string Detail);
}
