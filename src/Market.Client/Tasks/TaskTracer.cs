using System.Collections.Immutable;
using Market.Wasm;
using Market.Wasm.Machine;
using Market.Wasm.Machine.Fast;

namespace Market.Client.Tasks;

/// <summary>One step that a run takes.</summary>
/// <param name="Step">Steps before it.</param>
/// <param name="Pc">Index of its instruction.</param>
/// <param name="Function">The function it is in.</param>
/// <param name="Instruction">What it does.</param>
/// <param name="Operands">The top slots before it, the topmost first, at most four.</param>
public sealed record TracedStep(long Step, uint Pc, string Function, string Instruction, ImmutableArray<ulong> Operands);

/// <summary>A function that is active.</summary>
/// <param name="Function">Its name.</param>
/// <param name="Pc">The next instruction that it executes.</param>
/// <param name="Arguments">Its parameters' slots as they are now.</param>
public sealed record TracedCall(string Function, uint Pc, ImmutableArray<ulong> Arguments);

/// <summary>Fuel that was charged while a function ran itself, not what it calls.</summary>
public sealed record FunctionFuel(string Function, ulong Fuel);

/// <summary>
/// Steps through a run in the machine that judges disputes: the same states, to the bit, that a dispute would be about.
/// </summary>
public sealed class TaskTracer : IDisposable
{
    private const long FirstStride = 1 << 20;
    private const int StrideShrink = 64;
    private const int MaximumCalls = 64;

    private readonly MachineProgram _program;
    private readonly FunctionNames _names;
    private readonly byte[] _frame;
    private readonly ReadOnlyMemory<byte> _stdin;
    private readonly FastMachine _machine;

    private TaskTracer(MachineProgram program, FunctionNames names, MachineParameters parameters, byte[] frame, ReadOnlyMemory<byte> stdin)
    {
        _program = program;
        _names = names;
        _frame = frame;
        _stdin = stdin;
        _machine = new FastMachine(program, parameters, frame, stdin.Span);
    }

    /// <summary>The machine, wherever it stands.</summary>
    public FastMachine Machine => _machine;

    /// <summary>The program's identity.</summary>
    public MachineProgram Program => _program;

    /// <summary>Fuel used so far.</summary>
    public ulong FuelUsed => _machine.End?.FuelUsed ?? _machine.Parameters.FuelLimit - (ulong)Math.Max(_machine.Registers.Fuel, 0);

    /// <summary>Starts a run; null if the module does not lower, or starts with more memory than the cap.</summary>
    public static TaskTracer? Start(ReadOnlySpan<byte> wasm, string program, TaskCase test, ulong fuel, uint pageCap, uint outputLimit)
    {
        if (MachineProgram.Lower(wasm) is not { } lowered) return null;
        var frame = new InputFrame([program, .. test.Arguments], (ulong)test.Stdin.Length).Encode();
        if (lowered.Parameters(frame.Length, test.Stdin.Length, fuel, pageCap, outputLimit) is not { } parameters) return null;
        return new TaskTracer(lowered, new FunctionNames(wasm), parameters, frame, test.Stdin);
    }

    /// <summary>The same run from its start.</summary>
    public TaskTracer Again() => new(_program, _names, _machine.Parameters, _frame, _stdin);

    /// <summary>Runs to the end; how many steps that took in all.</summary>
    public long CountSteps()
    {
        GoToStep(long.MaxValue);
        return _machine.Steps;
    }

    /// <summary>Goes on to a step of the run, or to its end if that comes first.</summary>
    public void GoToStep(long step)
    {
        while (_machine.End is null && _machine.Steps < step) _machine.Run(step - _machine.Steps);
    }

    /// <summary>Goes on to the first state in which this much fuel is used, or to the end.</summary>
    public void GoToFuel(ulong fuel)
    {
        for (var stride = FirstStride; _machine.End is null && FuelUsed < fuel;)
        {
            var before = _machine.Snapshot();
            _machine.Run(stride);
            if (FuelUsed < fuel || stride == 1) continue;
            _machine.Restore(before);
            stride = Math.Max(1, stride / StrideShrink);
        }
    }

    /// <summary>The next steps, which the machine then has done.</summary>
    public IEnumerable<TracedStep> Next(int count)
    {
        for (var i = 0; i < count && _machine.End is null; i++)
        {
            yield return Here();
            _machine.Run(1);
        }
    }

    /// <summary>The step that comes next.</summary>
    public TracedStep Here()
    {
        var at = _machine.Registers;
        return new TracedStep(_machine.Steps, at.Pc, FunctionAt(at.Pc), MachineText.Describe(_program.Code[(int)at.Pc]), Top(4));
    }

    /// <summary>The top slots of the running function's operands and locals, the topmost first.</summary>
    public ImmutableArray<ulong> Top(int count)
    {
        var at = _machine.Registers;
        return [.. Enumerable.Range(1, (int)Math.Min((uint)count, at.Sp - Math.Min(at.Sp, at.Fp))).Select(i => _machine.Slot(at.Sp - (uint)i))];
    }

    /// <summary>The active functions, innermost first, at most 64.</summary>
    public ImmutableArray<TracedCall> Calls()
    {
        var calls = ImmutableArray.CreateBuilder<TracedCall>();
        var (pc, fp) = (_machine.Registers.Pc, _machine.Registers.Fp);
        while (calls.Count < MaximumCalls && InFunction(pc) && _program.FunctionAt(pc) is { } function)
        {
            calls.Add(new TracedCall(_names.Of(function), pc, [.. Enumerable.Range(0, function.Parameters).Select(i => _machine.Slot(fp + (uint)i))]));
            var record = _machine.Slot(fp + (uint)function.Parameters);
            (pc, fp) = ((uint)(record >> 32), (uint)record);
        }

        return calls.ToImmutable();
    }

    /// <summary>
    /// Runs to the end and says where fuel went. Looks every <paramref name="interval"/> steps and books what was charged
    /// since on the function that runs then: exact at 1, a sample otherwise.
    /// </summary>
    public ImmutableArray<FunctionFuel> Profile(int interval)
    {
        var fuel = new Dictionary<string, ulong>();
        var before = FuelUsed;
        while (_machine.End is null)
        {
            var function = FunctionAt(_machine.Registers.Pc);
            _machine.Run(interval);
            fuel[function] = fuel.GetValueOrDefault(function) + (FuelUsed - before);
            before = FuelUsed;
        }

        return [.. fuel.Where(f => f.Value > 0).OrderByDescending(f => f.Value).ThenBy(f => f.Key, StringComparer.Ordinal).Select(f => new FunctionFuel(f.Key, f.Value))];
    }

    /// <inheritdoc/>
    public void Dispose() => _machine.Dispose();

    private string FunctionAt(uint pc) => InFunction(pc) ? _names.Of(_program.FunctionAt(pc)) : "(program)";

    // The program's own frame stands before the first function, the table behind the last.
    private bool InFunction(uint pc) => _program.Functions.Length > 0 && pc >= _program.Functions[0].Entry && pc < _program.Table;
}
