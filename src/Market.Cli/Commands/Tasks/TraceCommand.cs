using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text;
using Market.Cli.Shell;
using Market.Client.Faults;
using Market.Client.Tasks;
using Market.Domain.Jobs;
using Market.Hashing;
using Market.Sandbox;
using Market.Wasm.Machine;

namespace Market.Cli.Commands.Tasks;

/// <summary><c>market task trace</c>: steps through a run in the machine that judges disputes.</summary>
internal static class TraceCommand
{
    // Up to this many steps a profile looks at every one; beyond, at one in this many.
    private const long ExactSteps = 20_000_000;
    private const int SampleEvery = 997;
    private const int ShownSlots = 8;
    private const int BytesPerLine = 16;

    private static readonly Option<string?> Input = new("--stdin") { Description = "File to read as standard input", HelpName = "file" };

    private static readonly Option<long?> Step = new("--at-step") { Description = "Go to this step first", HelpName = "n" };

    private static readonly Option<string?> AtFuel = new("--at-fuel") { Description = "Go to where this much fuel is used first", HelpName = "fuel" };

    private static readonly Option<int> Steps = new("--steps") { Description = "How many steps to show from there", HelpName = "n", DefaultValueFactory = _ => 10 };

    private static readonly Option<string?> Memory = new("--memory") { Description = "Show memory there: address, or address:length (decimal or 0x)", HelpName = "address" };

    private static readonly Option<bool> Profile = new("--profile") { Description = "Run to the end and show which functions the fuel went to" };

    private static readonly Option<string> FuelLimit = new("--fuel") { Description = "Fuel limit", HelpName = "fuel", DefaultValueFactory = _ => "100G" };

    private static readonly Argument<string[]> Arguments = new("arguments") { Description = "The program's arguments (after --)", Arity = ArgumentArity.ZeroOrMore };

    public static Command Create(Terminal terminal) =>
        new Command("trace", "Step through a run: functions, operands, stack, memory, fuel by function")
        {
            TaskCommand.Module, Arguments, Input, Step, AtFuel, Steps, Memory, Profile, FuelLimit,
        }
        .Runs(terminal, async (context, cancel) =>
        {
            var path = context.Get(TaskCommand.Module)!;
            var wasm = await TaskCommand.ReadModuleAsync(path, cancel);
            var stdin = context.Get(Input) is { } file ? await TaskCommand.ReadModuleAsync(file, cancel) : [];
            var test = new TaskCase(path, [.. context.Get(Arguments) ?? []], stdin, Expected: null);
            if (!Fuel.TryParse(context.Get(FuelLimit), out var limit) || limit.Units is 0 or > long.MaxValue) throw Bad("--fuel", "a number with k, M, G or T, such as 20G");
            var range = context.Get(Memory) is { } text ? ReadRange(text) : default((uint Start, int Length)?);
            using var tracer = TaskTracer.Start(wasm, Path.GetFileName(path), test, limit.Units, RunLimits.MaxMemoryPages, RunLimits.MaxOutputBytes)
                ?? throw new MarketException("E1301", ExitCode.FileInvalid, $"{path} cannot run on the market.", "market task inspect says why");
            if (context.Get(Step) is { } step) tracer.GoToStep(step);
            if (context.Get(AtFuel) is { } fuel) tracer.GoToFuel(Fuel.TryParse(fuel, out var used) ? used.Units : throw Bad("--at-fuel", "a number with k, M, G or T, such as 3M"));
            var document = Document(tracer, wasm, context.Get(Steps), range, context.Get(Profile));
            await context.WriteAsync(document, TaskJson.Default.TaskTraceDocument, Text);
            return ExitCode.Ok;
        });

    private static TaskTraceDocument Document(TaskTracer tracer, byte[] wasm, int steps, (uint Start, int Length)? range, bool profile)
    {
        var machine = tracer.Machine;
        var stood = new StateDocument(
            machine.Steps, Number(tracer.FuelUsed), machine.Hash.ToString(), machine.Registers.Pages, machine.Registers.OutputLength, [.. tracer.Top(ShownSlots).Select(Slot)],
            [.. tracer.Calls().Select(call => new CallDocument(call.Function, call.Pc, [.. call.Arguments.Select(Slot)]))]);
        var memory = range is { } wanted ? ReadMemory(machine.Registers.Pages, wanted, machine.Memory) : null;
        var traced = tracer.Next(steps).Select(s => new StepDocument(s.Step, s.Pc, s.Function, s.Instruction, [.. s.Operands.Select(Slot)])).ToImmutableArray();
        ProfileDocument? spent = null;
        if (profile)
        {
            using var whole = tracer.Again();
            var interval = whole.CountSteps() <= ExactSteps ? 1 : SampleEvery;
            using var again = tracer.Again();
            spent = new ProfileDocument(interval == 1, interval, [.. again.Profile(interval).Select(f => new FunctionDocument(f.Function, Number(f.Fuel)))]);
        }

        var end = machine.End is { } over
            ? new EndDocument(over.Status == MachineHalt.Exited ? "exited" : "trapped", over.ExitCode, Number(over.FuelUsed), over.Output.ToString(), over.Hash().ToString())
            : null;
        return new TaskTraceDocument("market.task-trace/1", BlobName.Of(wasm).ToString(), tracer.Program.Root.ToString(), stood, traced, memory, spent, end);
    }

    private static MemoryDocument ReadMemory(uint pages, (uint Start, int Length) range, Func<uint, int, ReadOnlySpan<byte>> read)
    {
        var size = (long)pages << 16;
        if (range.Start > size) throw Bad("--memory", $"an address below {size}");
        return new MemoryDocument(range.Start, Convert.ToHexStringLower(read(range.Start, (int)Math.Min(range.Length, size - range.Start))));
    }

    private static (uint Start, int Length) ReadRange(string text)
    {
        var parts = text.Split(':');
        if (parts.Length > 2 || !TryNumber(parts[0], out var start)) throw Bad("--memory", "an address, or address:length");
        if (parts.Length == 1) return (start, 4 * BytesPerLine);
        return TryNumber(parts[1], out var length) && length <= 1 << 20 ? (start, (int)length) : throw Bad("--memory", "at most 1048576 bytes");
    }

    private static bool TryNumber(string text, out uint number) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? uint.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
        : uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static MarketException Bad(string option, string expected) => new("E1202", ExitCode.Usage, $"{option} takes {expected}.", "market task trace --help");

    private static string Number(ulong value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Slot(ulong value) => $"0x{value:x}";

    private static string Text(TaskTraceDocument d)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"step {d.At.Step}, fuel used {d.At.FuelUsed}, {d.At.Pages} pages of memory, {d.At.OutputLength} bytes of output");
        text.AppendLine(CultureInfo.InvariantCulture, $"  state  {d.At.Hash}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  stack  {string.Join(' ', d.At.Stack)}");
        foreach (var call in d.At.Calls) text.AppendLine(CultureInfo.InvariantCulture, $"  in     {call.Function}({string.Join(", ", call.Arguments)}) at {call.Pc}");
        foreach (var step in d.Steps) text.AppendLine(CultureInfo.InvariantCulture, $"{step.Step,12} {step.Pc,8} {step.Function,-24} {step.Instruction,-28} {string.Join(' ', step.Operands)}");
        if (d.Memory is { } memory)
        {
            for (var i = 0; i < memory.Bytes.Length; i += 2 * BytesPerLine)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"  {memory.Address + (uint)(i / 2):x8}  {memory.Bytes.AsSpan(i, Math.Min(2 * BytesPerLine, memory.Bytes.Length - i))}");
            }
        }

        if (d.Profile is { } profile)
        {
            text.AppendLine(profile.Exact ? "fuel by function" : string.Create(CultureInfo.InvariantCulture, $"fuel by function, from one step in {profile.Interval}"));
            foreach (var function in profile.Functions) text.AppendLine(CultureInfo.InvariantCulture, $"{function.Fuel,16} {function.Function}");
        }

        if (d.End is { } end) text.AppendLine(CultureInfo.InvariantCulture, $"{end.Status} with code {end.ExitCode}, fuel {end.FuelUsed}, result {end.ResultHash}");
        return text.ToString().TrimEnd();
    }
}
