using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text;
using Market.Cli.Shell;
using Market.Client;
using Market.Client.Faults;
using Market.Client.Tasks;
using Market.Domain.Jobs;
using Market.Hashing;
using Market.Sandbox;

namespace Market.Cli.Commands.Tasks;

/// <summary><c>market task test</c>: runs a module's cases here, each twice, on the meter that devices use.</summary>
internal static class TestCommand
{
    private const string CaseFolder = "cases";

    private static readonly Option<string?> Cases = new("--cases")
    {
        Description = "Folder of cases: name.in, name.args, name.out (default: 'cases' beside the module, if there)",
        HelpName = "folder",
    };

    private static readonly Option<string?> Input = new("--stdin") { Description = "Run once with this file as standard input instead", HelpName = "file" };

    private static readonly Option<string> Memory = new("--memory") { Description = "Memory limit", HelpName = "size", DefaultValueFactory = _ => LimitSpec.Default.Memory.ToString() };

    private static readonly Option<string> FuelLimit = new("--fuel") { Description = "Fuel limit", HelpName = "fuel", DefaultValueFactory = _ => "100G" };

    private static readonly Option<string> Output = new("--output") { Description = "Output limit", HelpName = "size", DefaultValueFactory = _ => LimitSpec.Default.Output.ToString() };

    private static readonly Option<string> Time = new("--time") { Description = "How long one run may take here", HelpName = "time", DefaultValueFactory = _ => "60s" };

    private static readonly Argument<string[]> Arguments = new("arguments") { Description = "Run once with these arguments instead (after --)", Arity = ArgumentArity.ZeroOrMore };

    public static Command Create(Terminal terminal) =>
        new Command("test", "Run a module here, twice each: output, fuel, repeatability, price")
        {
            TaskCommand.Module, Arguments, Cases, Input, Memory, FuelLimit, Output, Time,
        }
        .Runs(terminal, async (context, cancel) =>
        {
            var path = context.Get(TaskCommand.Module)!;
            var limits = ReadLimits(context);
            var bytes = await TaskCommand.ReadModuleAsync(path, cancel);
            var cases = await ReadCasesAsync(context, path, cancel);
            await using var runtime = TaskCommand.OpenRuntime(terminal);
            var tester = new TaskTester(runtime, terminal.Time);
            var module = await tester.PrepareAsync(path, bytes, cancel);
            var reports = ImmutableArray.CreateBuilder<CaseReport>();
            foreach (var test in cases)
            {
                context.Say($"[grey]running {Spectre.Console.Markup.Escape(test.Name)}[/]");
                reports.Add(await tester.RunAsync(module, Path.GetFileName(path), test, limits, cancel));
            }

            var price = await ReadPriceAsync(context, cancel);
            await context.WriteAsync(Document(bytes, reports.ToImmutable(), price), TaskJson.Default.TestDocument, Text);
            return reports.All(report => report.Passed) ? ExitCode.Ok : ExitCode.TaskletsFailed;
        });

    private static RunLimits ReadLimits(CommandContext context)
    {
        if (!ByteSize.TryParse(context.Get(Memory), out var memory) || memory.Bytes is < LimitSpec.PageSize or > (long)RunLimits.MaxMemoryPages * LimitSpec.PageSize)
        {
            throw Bad("--memory", "64KiB to 4GiB with its unit, such as 256MiB");
        }

        if (!Fuel.TryParse(context.Get(FuelLimit), out var fuel) || fuel.Units is 0 or > long.MaxValue) throw Bad("--fuel", "a number with k, M, G or T, such as 20G");
        if (!ByteSize.TryParse(context.Get(Output), out var output) || output.Bytes is < 1 or > RunLimits.MaxOutputBytes) throw Bad("--output", "1B to 256MiB with its unit");
        if (!Duration.TryParse(context.Get(Time), out var time) || time <= TimeSpan.Zero) throw Bad("--time", "a time with its unit, such as 60s");
        return new RunLimits(fuel.Units, (uint)(memory.Bytes / LimitSpec.PageSize), (uint)output.Bytes, time);
    }

    private static MarketException Bad(string option, string expected) => new("E1202", ExitCode.Usage, $"{option} takes {expected}.", "market task test --help");

    private static async Task<ImmutableArray<TaskCase>> ReadCasesAsync(CommandContext context, string module, CancellationToken cancel)
    {
        var (arguments, input) = (context.Get(Arguments) ?? [], context.Get(Input));
        if (arguments.Length > 0 || input is not null)
        {
            var stdin = input is null ? [] : await TaskCommand.ReadModuleAsync(input, cancel);
            return [new TaskCase(input is null ? string.Join(' ', arguments) : Path.GetFileName(input), [.. arguments], stdin, Expected: null)];
        }

        var beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(module))!, CaseFolder);
        if (context.Get(Cases) is { } folder) return await TaskCase.ReadFolderAsync(folder, cancel);
        return Directory.Exists(beside) ? await TaskCase.ReadFolderAsync(beside, cancel) : [new TaskCase("no input", [], default, Expected: null)];
    }

    // A price is a courtesy: without a market to ask, the test is worth as much.
    private static async Task<BookPrice?> ReadPriceAsync(CommandContext context, CancellationToken cancel)
    {
        try
        {
            var profile = context.ReadProfile();
            using var client = await MarketClient.ConnectAsync(profile, context.Terminal.Home, account: null, context.Terminal.Time, cancel);
            return await BookPrice.ReadAsync(client, cancel);
        }
        catch (MarketException e) when (context.Profile is null)
        {
            context.Say($"[grey]no price: {Spectre.Console.Markup.Escape(e.Fault.Message)}[/]");
            return null;
        }
    }

    private static TestDocument Document(byte[] module, ImmutableArray<CaseReport> reports, BookPrice? price)
    {
        var highest = reports.Select(report => report.Fuel.Units).Append(0UL).Max();
        var passed = reports.Count(report => report.Passed);
        return new TestDocument(
            "market.task-test/1",
            BlobName.Of(module).ToString(),
            [.. reports.Select(Document)],
            passed,
            reports.Length - passed,
            highest.ToString(CultureInfo.InvariantCulture),
            price is null ? null : Document(price, price.CostOf(new Fuel(highest))));
    }

    private static CaseDocument Document(CaseReport report)
    {
        var verdict = report.Verdict.ToString();
        return new CaseDocument(
            report.Case.Name,
            char.ToLowerInvariant(verdict[0]) + verdict[1..],
            report.Detail,
            report.Fuel.Units.ToString(CultureInfo.InvariantCulture),
            Math.Round(report.Elapsed.TotalMilliseconds, 2),
            report.First?.ToResult().Hash().ToString());
    }

    private static PriceDocument Document(BookPrice price, Domain.Money.Amount cost) => new(
        price.Asset.FormatPerGfuelNumber(price.Tick.Price), price.Asset.FormatNumber(cost), cost.BaseUnits.ToString(CultureInfo.InvariantCulture), price.Asset.Symbol);

    private static string Text(TestDocument d)
    {
        var width = d.Cases.Max(c => c.Name.Length);
        var text = new StringBuilder();
        foreach (var c in d.Cases)
        {
            var mark = c.Verdict is "matched" or "ended" ? "ok  " : "FAIL";
            var fuel = new Fuel(ulong.Parse(c.Fuel, CultureInfo.InvariantCulture));
            text.AppendLine(CultureInfo.InvariantCulture, $"{mark}  {c.Name.PadRight(width)}  {fuel,8} fuel  {c.Milliseconds,9:0.0} ms  {c.Detail}");
        }

        text.Append(CultureInfo.InvariantCulture, $"{d.Passed} passed, {d.Failed} failed; every case ran twice; limits.fuel must be at least {d.HighestFuel}");
        if (d.Price is { } price) text.Append(CultureInfo.InvariantCulture, $"\nat today's cheapest bid ({price.PerGfuel} {price.Asset}/Gfuel) the dearest run costs {price.Run} {price.Asset}");
        return text.ToString();
    }
}
