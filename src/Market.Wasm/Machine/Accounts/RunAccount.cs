using Market.Hashing;
using Market.Wasm.Machine.Fast;

namespace Market.Wasm.Machine.Accounts;

/// <summary>How an account of a run spends memory.</summary>
public sealed record RunAccountOptions
{
    /// <summary>Bytes that snapshots may hold beside the machine's own memory.</summary>
    public long SnapshotBytes { get; init; } = 512L << 20;

    /// <summary>Steps between looks at the cancellation, and between the first marks of a long run.</summary>
    public long Slice { get; init; } = 1 << 24;
}

/// <summary>
/// The account of a run on the fast machine. Keeps copy-on-write snapshots at the borders of the last segment that was cut,
/// so that the next, which lies between two of them, costs a thirty-second of it; and marks along the whole run, so that other
/// games about the same run need not start at its beginning. Asked by any number of threads, it answers one after the other.
/// </summary>
public sealed class RunAccount : IRunAccount
{
    private const int Parts = 32;
    private const int Marks = 32;

    private readonly MachineProgram _program;
    private readonly FastMachine _machine;
    private readonly RunAccountOptions _options;
    private readonly IProgress<long>? _progress;
    private readonly SnapshotShelf _marks;
    private readonly SnapshotShelf _borders;
    private readonly (long Step, Action<FastMachine> Tell)? _lie;
    private readonly Lock _lock = new();
    private long? _end;
    private Hash256 _endHash;
    private bool _disposed;

    /// <summary>The true account of a run.</summary>
    /// <param name="program">The program.</param>
    /// <param name="parameters">The run's constants.</param>
    /// <param name="frame">The input frame, as long as the parameters say.</param>
    /// <param name="stdin">Standard input, likewise.</param>
    /// <param name="options">Memory.</param>
    /// <param name="progress">Told now and then how many steps the machine stands at.</param>
    public RunAccount(
        MachineProgram program, MachineParameters parameters, ReadOnlySpan<byte> frame, ReadOnlySpan<byte> stdin, RunAccountOptions? options = null, IProgress<long>? progress = null)
        : this(program, parameters, frame, stdin, null, options, progress)
    {
    }

    /// <summary>An account that goes wrong: what <paramref name="lie"/> does to the machine before the step of its number. For tests of disputes.</summary>
    internal RunAccount(
        MachineProgram program, MachineParameters parameters, ReadOnlySpan<byte> frame, ReadOnlySpan<byte> stdin, (long Step, Action<FastMachine> Tell)? lie,
        RunAccountOptions? options = null, IProgress<long>? progress = null)
    {
        _program = program;
        _machine = new FastMachine(program, parameters, frame, stdin);
        _options = options ?? new RunAccountOptions();
        _progress = progress;
        _lie = lie;
        _marks = new SnapshotShelf(_options.SnapshotBytes / 4, Marks);
        _borders = new SnapshotShelf(_options.SnapshotBytes / 4 * 3, Parts);
        if (_lie?.Step == 0) _lie.Value.Tell(_machine);
        var first = _machine.Snapshot();
        _marks.Add(first);
        _borders.Add(first);
    }

    /// <summary>Steps done altogether, those that were done again included: what the account has cost.</summary>
    public long StepsDone { get; private set; }

    /// <summary>How the run ends. Runs to the end if that is not known yet.</summary>
    public MachineHalt End(CancellationToken cancel)
    {
        lock (_lock)
        {
            Go(_end ?? long.MaxValue, cancel);
            return _machine.End!.Value;
        }
    }

    /// <summary>Steps until it halts. Runs to the end if that is not known yet.</summary>
    public long Length(CancellationToken cancel)
    {
        lock (_lock)
        {
            if (_end is null) Go(long.MaxValue, cancel);
            return _end!.Value;
        }
    }

    /// <summary>All output that a run to the end writes.</summary>
    public byte[] Output(CancellationToken cancel)
    {
        lock (_lock)
        {
            Go(_end ?? long.MaxValue, cancel);
            return _machine.Output.ToArray();
        }
    }

    /// <inheritdoc/>
    public Hash256 At(long step, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        lock (_lock) return HashAt(step, cancel);
    }

    /// <inheritdoc/>
    public IReadOnlyList<Hash256> Cut(long start, long length, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, Parts);
        ArgumentOutOfRangeException.ThrowIfNotEqual(length % Parts, 0);
        lock (_lock)
        {
            var part = length / Parts;
            var hashes = new Hash256[Parts];
            Keep(start, cancel);
            for (var i = 0; i < Parts; i++)
            {
                hashes[i] = HashAt(start + (part * (i + 1)), cancel);
                if (part > 1) Keep(start + (part * (i + 1)), cancel);
            }

            // The next segment lies within this one. Only then do the older borders go: the way here began at one of them.
            _borders.Drop(s => s.Steps < start || s.Steps > start + length);
            return hashes;
        }
    }

    /// <inheritdoc/>
    public StepScene Show(long step, CancellationToken cancel)
    {
        lock (_lock)
        {
            Go(step, cancel);
            var before = _machine.Hash;
            var registers = _machine.Registers;
            var running = _machine.End is null;
            var at = running && registers.Pc < _program.Code.Length ? _program.Code[(int)registers.Pc] : default(MachineInstruction?);
            var function = running ? _program.FunctionAt(registers.Pc) : null;
            var operands = new List<ulong>();
            for (var i = 1u; running && i <= 3 && registers.Sp >= i; i++) operands.Add(_machine.Slot(registers.Sp - i));
            var proof = _machine.Prove();
            StepsDone++;
            var scene = new StepScene(step, registers, at, function?.Origin, function is null ? 0 : registers.Pc - function.Entry, operands, proof, before, _machine.Hash);
            // A lie at the very next step was not told yet: the machine's own state must not be taken for the account's.
            Restore(step);
            return scene;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Under the lock: the machine's memory is native, and somebody may be asking just now.
        lock (_lock)
        {
            _disposed = true;
            _machine.Dispose();
        }
    }

    private Hash256 HashAt(long step, CancellationToken cancel)
    {
        if (_end is { } end && step >= end) return _endHash;
        Go(step, cancel);
        return _end is { } now && step >= now ? _endHash : _machine.Hash;
    }

    private void Keep(long step, CancellationToken cancel)
    {
        if (_end is { } end && step >= end) return;
        Go(step, cancel);
        if (_machine.Steps == step) _borders.Add(_machine.Snapshot());
    }

    /// <summary>Brings the machine to a step, or to the end if that comes first.</summary>
    private void Go(long step, CancellationToken cancel)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_end is { } end && step > end) step = end;
        if (_machine.Steps == step) return;
        var nearest = Nearest(step);
        if (_machine.Steps > step || nearest.Steps > _machine.Steps) _machine.Restore(nearest);
        while (_machine.Steps < step && _machine.End is null)
        {
            cancel.ThrowIfCancellationRequested();
            var goal = Math.Min(step, ((_machine.Steps / _options.Slice) + 1) * _options.Slice);
            if (_lie is { } lie && _machine.Steps < lie.Step) goal = Math.Min(goal, lie.Step);
            var from = _machine.Steps;
            _machine.Run(goal - from);
            StepsDone += _machine.Steps - from;
            if (_machine.Steps == _lie?.Step && _machine.End is null) _lie.Value.Tell(_machine);
            if (_machine.End is null && _machine.Steps % _options.Slice == 0) Mark();
            _progress?.Report(_machine.Steps);
        }

        if (_machine.End is null || _end is not null) return;
        _end = _machine.Steps;
        _endHash = _machine.Hash;
    }

    // Sparser and sparser the longer the run; when the shelf is full, the shortest gap is closed.
    private void Mark()
    {
        var distance = Math.Max(_options.Slice, _machine.Steps / Marks);
        if (_machine.Steps - _marks.Before(_machine.Steps).Steps >= distance) _marks.Add(_machine.Snapshot());
    }

    private MachineSnapshot Nearest(long step)
    {
        var (mark, border) = (_marks.Before(step), _borders.Before(step));
        return mark.Steps > border.Steps ? mark : border;
    }

    private void Restore(long step) => _machine.Restore(Nearest(step));
}
