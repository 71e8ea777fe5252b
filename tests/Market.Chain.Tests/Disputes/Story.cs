using System.Collections.Immutable;
using Market.Chain.Tests.Fixture;
using Market.Domain.Results;
using Market.Hashing;
using Market.Wasm;
using Market.Wasm.Machine;
using Market.Wasm.Machine.Accounts;
using Market.Wasm.Machine.Fast;

namespace Market.Chain.Tests.Disputes;

/// <summary>A run of a sample's module, and accounts of it: the true one, and ones that go wrong.</summary>
internal sealed class Story : IDisposable
{
    public const uint Mfuel = 100;
    private const uint Pages = 64;
    private const uint OutputLimit = 1 << 16;
    private const int Tries = 100;

    /// <summary>Arguments of every story about a text.</summary>
    public static readonly ImmutableArray<string> TextArguments = ["textstats"];

    private Story(string module, ImmutableArray<string> arguments, byte[] stdin)
    {
        Module = File.ReadAllBytes(Path.Combine(LocalMarket.Contracts, "..", "samples", module));
        Program = MachineProgram.Lower(Module)!;
        Stdin = stdin;
        Frame = new InputFrame(arguments, (ulong)stdin.Length).Encode();
        Input = new ManifestRecord(BlobName.Of(Frame), BlobName.Of(stdin));
        Truth = Run(stdin, null);
    }

    public byte[] Module { get; }

    public MachineProgram Program { get; }

    public byte[] Frame { get; }

    public byte[] Stdin { get; }

    public ManifestRecord Input { get; }

    public RunAccount Truth { get; }

    /// <summary>A tile of four pixels: floats, calls and branches.</summary>
    public static Story Fractal() => new("fractal/fractal.wasm", ["fractal", "0", "64", "16", "16"], []);

    /// <summary>Counts in a short text: reads input, loops over bytes.</summary>
    public static Story Text() => Text("one two three two one"u8.ToArray());

    /// <summary>The same of any bytes.</summary>
    public static Story Text(byte[] stdin) => new("textstats/textstats.wasm", TextArguments, stdin);

    public Domain.Offers.Work Work(Hash256 manifest) => new(BlobName.Of(Module).Root, (uint)Module.Length, Program.Root, manifest, Pages, OutputLimit);

    /// <summary>How a run ends as the record that is committed.</summary>
    public static TaskletResult Record(MachineHalt end) => new((TaskletStatus)end.Status, end.ExitCode, end.FuelUsed, end.Output);

    /// <summary>An account that goes wrong right behind an instruction of those, at a step where it shows in the result.</summary>
    public (IRunAccount Account, MachineHalt End) Tale(Func<MachineInstruction, bool> behind, Action<FastMachine, MachineRegisters> tell)
    {
        var true_ = Truth.End(default);
        var steps = Steps(behind);
        foreach (var (step, before) in Enumerable.Range(1, Math.Min(Tries, steps.Count)).Select(i => steps[^(i * steps.Count / Math.Min(Tries, steps.Count))]))
        {
            var tale = Run(Stdin, (step + 1, m => tell(m, before)));
            if (tale.End(default) != true_) return (tale, tale.End(default));
            tale.Dispose();
        }

        throw new InvalidOperationException("no such lie shows in the result");
    }

    /// <summary>An account that is true up to the last state, which it words otherwise.</summary>
    public (IRunAccount Account, MachineHalt End) Ending(Func<MachineHalt, MachineHalt> reword)
    {
        var end = reword(Truth.End(default));
        return (new Reworded(Truth, Truth.Length(default), end.Hash()), end);
    }

    /// <summary>The true account of a run on another input, which claims to begin where the true one does.</summary>
    public (IRunAccount Account, MachineHalt End) OtherInput(byte[] stdin)
    {
        var other = Run(stdin, null);
        return (new Transplanted(other, Truth.At(0, default)), other.End(default));
    }

    public void Dispose() => Truth.Dispose();

    private RunAccount Run(byte[] stdin, (long, Action<FastMachine>)? lie) => new(Program, Parameters(stdin), Frame, stdin, lie);

    private MachineParameters Parameters(byte[] stdin) => Program.Parameters(Frame.Length, stdin.Length, Mfuel * 1_000_000UL, Pages, OutputLimit)!;

    private List<(long Step, MachineRegisters Registers)> Steps(Func<MachineInstruction, bool> wanted)
    {
        using var machine = new FastMachine(Program, Parameters(Stdin), Frame, Stdin);
        var found = new List<(long, MachineRegisters)>();
        while (machine.End is null)
        {
            if (wanted(Program.Code[(int)machine.Registers.Pc])) found.Add((machine.Steps, machine.Registers));
            machine.Run(1);
        }

        return found;
    }

    private sealed class Reworded(RunAccount truth, long length, Hash256 end) : IRunAccount
    {
        public Hash256 At(long step, CancellationToken cancel) => step >= length ? end : truth.At(step, cancel);

        public IReadOnlyList<Hash256> Cut(long start, long length_, CancellationToken cancel) => [.. Enumerable.Range(1, 32).Select(i => At(start + (length_ / 32 * i), cancel))];

        public StepScene Show(long step, CancellationToken cancel) => truth.Show(step, cancel);

        public void Dispose()
        {
            // The true account is its story's.
        }
    }

    private sealed class Transplanted(RunAccount other, Hash256 first) : IRunAccount
    {
        public Hash256 At(long step, CancellationToken cancel) => step == 0 ? first : other.At(step, cancel);

        public IReadOnlyList<Hash256> Cut(long start, long length, CancellationToken cancel) => other.Cut(start, length, cancel);

        public StepScene Show(long step, CancellationToken cancel) => other.Show(step, cancel);

        public void Dispose() => other.Dispose();
    }
}
