using System.Collections.Concurrent;
using System.Text;
using Market.Client.Disputes;
using Market.Hashing;
using Market.Wasm.Machine;
using Market.Wasm.Machine.Accounts;
using Market.Wasm.Machine.Fast;
using Market.Wasm.Machine.Stepping;

namespace Market.FaultyNode;

/// <summary>
/// Tells one lie about each run, the same whenever it is asked: an account that is true up to some step, where the machine's
/// state is changed, and then goes on from there as the machine would. So the result and every later move fit together.
/// </summary>
internal sealed class Liar(Lie lie, int most, string? about, string book)
{
    private const int Candidates = 6;
    private readonly ConcurrentDictionary<Hash256, Tale> _tales = new();
    private readonly Lock _lock = new();

    /// <summary>Whether it lied about a run: a false account goes only with a false result.</summary>
    public bool LiedAbout(DisputedRun run)
    {
        lock (_lock) return Told().Contains(KeyOf(run).ToString());
    }

    /// <summary>Takes up to lie about a run, unless it has lied often enough, or the run's arguments do not hold what it lies about. The book outlives the process.</summary>
    public bool LiesAbout(DisputedRun run)
    {
        if (about is not null && run.Frame.AsSpan().IndexOf(Encoding.UTF8.GetBytes(about)) < 0) return false;
        lock (_lock)
        {
            var told = Told();
            if (told.Contains(KeyOf(run).ToString())) return true;
            if (told.Length >= most) return false;
            File.AppendAllLines(book, [KeyOf(run).ToString()]);
            return true;
        }
    }

    /// <summary>The account that it plays with.</summary>
    public IRunAccount Account(DisputedRun run)
    {
        if (!LiedAbout(run)) return run.Account();
        var tale = TaleOf(run);
        if (lie == Lie.Equivocate) return Tell(run, tale.Other!);
        return tale.Record is { } record ? new ForgedAccount(run.Account(), record) : Tell(run, tale.Told!);
    }

    /// <summary>What it commits to.</summary>
    public (MachineHalt End, byte[] Output) Result(DisputedRun run)
    {
        var tale = TaleOf(run);
        if (tale.Record is { } record) return (record, tale.Output!);
        using var account = Tell(run, tale.Told!);
        return (account.End(default), account.Output(default));
    }

    private static RunAccount Tell(DisputedRun run, Step step) => new(run.Program, run.Parameters, run.Frame, run.Stdin, (step.At, step.Tell));

    private string[] Told() => File.Exists(book) ? File.ReadAllLines(book) : [];

    private Tale TaleOf(DisputedRun run) => _tales.GetOrAdd(KeyOf(run), _ => Invent(run));

    private static Hash256 KeyOf(DisputedRun run) => Keccak256.Hash(
        [.. run.Program.Root.ToArray(), .. BlobName.Of(run.Frame).Root.ToArray(), .. BlobName.Of(run.Stdin).Root.ToArray(), .. BitConverter.GetBytes(run.Parameters.FuelLimit)]);

    private Tale Invent(DisputedRun run)
    {
        using var machine = new FastMachine(run.Program, run.Parameters, run.Frame, run.Stdin);
        var first = machine.Snapshot();
        ToEnd(machine);
        var (end, length, output) = (machine.End!.Value, machine.Steps, machine.Output.ToArray());
        machine.Restore(first);
        if (lie is Lie.Forge)
        {
            var made = new byte[end.Output.Length];
            new Random(7).NextBytes(made);
            return new Tale(null, null, new MachineHalt(MachineHalt.Exited, 0, end.FuelUsed + 1, BlobName.Of(made)), made);
        }

        if (lie is Lie.Exit) return new Tale(null, null, end with { ExitCode = end.ExitCode + 1 }, output);
        if (lie is Lie.Equivocate)
        {
            var two = Working(run, machine, first, end, length, Lie.Value).Take(2).ToList();
            if (two.Count == 2) return new Tale(two[0], two[1], null, null);
        }

        // Where the program has no such step, or none that changes how it ends, its fuel is what it lies about.
        var step = Working(run, machine, first, end, length, lie).FirstOrDefault() ?? new Step(length / 2, Fuel);
        return new Tale(step, step, null, null);
    }

    /// <summary>Steps at which the lie changes how the run ends.</summary>
    private static IEnumerable<Step> Working(DisputedRun run, FastMachine machine, MachineSnapshot first, MachineHalt truth, long length, Lie kind)
    {
        foreach (var step in Steps(run, length, kind))
        {
            if (machine.Steps > step.At) machine.Restore(first);
            machine.Run(step.At - machine.Steps);
            var before = machine.Snapshot();
            step.Tell(machine);
            ToEnd(machine);
            var works = machine.End != truth;
            machine.Restore(before);
            if (works) yield return step;
        }
    }

    private static void ToEnd(FastMachine machine)
    {
        while (machine.End is null) machine.Run(1L << 30);
    }

    private static IEnumerable<Step> Steps(DisputedRun run, long length, Lie kind) => kind switch
    {
        Lie.Fuel => [new Step(length / 2, Fuel)],
        Lie.Trap => [new Step(length - 1, machine => machine.Move(machine.Registers with { Pc = 1 }))],
        Lie.Output => [new Step(length - 1, LastByte)],
        Lie.Memory => Found(run, length, op => op is >= MachineOp.I32Store and <= MachineOp.I64Store32, behind: true, Stored),
        Lie.Input => Found(run, length, op => op == MachineOp.InputCopy, behind: true, Read),
        Lie.Branch => Found(run, length, op => op is MachineOp.BranchIfZero or MachineOp.BranchIfNotZero, behind: true, (machine, at, pc) => machine.Move(machine.Registers with { Pc = machine.Registers.Pc == at.B ? pc + 1 : at.B })),
        Lie.Call => Found(run, length, op => op == MachineOp.Call, behind: false, (machine, at, _) => { if (at.A > 0) Top(machine, top => top ^ 1); }),
        Lie.Float => Found(run, length, op => op is (>= MachineOp.F32Add and <= MachineOp.F32Copysign) or (>= MachineOp.F64Add and <= MachineOp.F64Copysign), behind: true, (machine, _, _) => Top(machine, top => top ^ 1)),
        _ => Found(run, length, op => op is >= MachineOp.I32Add and <= MachineOp.I64Rotr, behind: true, (machine, _, _) => Top(machine, top => top ^ 1)),
    };

    /// <summary>Steps at which such an instruction is executed, late in the run first: the later, the sooner a lie is tried out.</summary>
    private static IEnumerable<Step> Found(DisputedRun run, long length, Func<MachineOp, bool> wanted, bool behind, Action<FastMachine, MachineInstruction, uint> tell)
    {
        foreach (var from in (long[])[length / 10 * 9, length / 2, length / 10, 0])
        {
            using var machine = new FastMachine(run.Program, run.Parameters, run.Frame, run.Stdin);
            machine.Run(from);
            // Only from here on: a breakpoint in a loop stops at every turn.
            for (var pc = 0; pc < run.Program.Code.Length; pc++)
            {
                if (wanted(run.Program.Code[pc].Op)) machine.Break((uint)pc);
            }

            for (var i = 0; i < Candidates && machine.Run(long.MaxValue / 4) == FastStop.Breakpoint; i++)
            {
                var pc = machine.Registers.Pc;
                var instruction = run.Program.Code[(int)pc];
                var before = machine.Steps;
                while (behind && machine.End is null && (machine.Registers.Pc == pc || machine.Steps == before)) machine.StepSlowly();
                yield return new Step(behind ? machine.Steps : before, at => tell(at, instruction, pc));
            }
        }
    }

    private static void Fuel(FastMachine machine) => machine.Move(machine.Registers with { Fuel = machine.Registers.Fuel + 1 });

    private static void Top(FastMachine machine, Func<ulong, ulong> change)
    {
        var slot = machine.Registers.Sp - 1;
        machine.SetSlot(slot, change(machine.Slot(slot)));
    }

    private static void LastByte(FastMachine machine)
    {
        if (machine.Registers.OutputLength == 0) return;
        var at = machine.Registers.OutputLength - 1;
        machine.Write(MachineTree.Output, at / ByteTree.LeafSize, (int)(at % ByteTree.LeafSize), [(byte)(machine.Output[(int)at] ^ 1)]);
    }

    // What was popped still stands above the stack's top: first the address, then the value.
    private static void Stored(FastMachine machine, MachineInstruction at, uint pc) => Flip(machine, (uint)machine.Slot(machine.Registers.Sp) + (ulong)at.B);

    // Likewise: to, offset, and in the length's slot how much was done.
    private static void Read(FastMachine machine, MachineInstruction at, uint pc) =>
        Flip(machine, (uint)machine.Slot(machine.Registers.Sp) + Math.Max(1, machine.Slot(machine.Registers.Sp + 2) >> 32) - 1);

    private static void Flip(FastMachine machine, ulong address)
    {
        if (address >= (ulong)machine.Registers.Pages << 16) return;
        machine.Write(MachineTree.Memory, (uint)(address / ByteTree.LeafSize), (int)(address % ByteTree.LeafSize), [(byte)(machine.Memory((uint)address, 1)[0] ^ 1)]);
    }

    private sealed record Step(long At, Action<FastMachine> Tell);

    private sealed record Tale(Step? Told, Step? Other, MachineHalt? Record, byte[]? Output);

    /// <summary>A true run that ends in a record which is not its own.</summary>
    private sealed class ForgedAccount(RunAccount truth, MachineHalt record) : IRunAccount
    {
        public Hash256 At(long step, CancellationToken cancel) => step < truth.Length(cancel) ? truth.At(step, cancel) : record.Hash();

        public IReadOnlyList<Hash256> Cut(long start, long length, CancellationToken cancel)
        {
            var hashes = truth.Cut(start, length, cancel);
            return [.. hashes.Select((hash, i) => start + (length / 32 * (i + 1)) < truth.Length(cancel) ? hash : record.Hash())];
        }

        public StepScene Show(long step, CancellationToken cancel) => truth.Show(step, cancel);

        public void Dispose() => truth.Dispose();
    }
}
