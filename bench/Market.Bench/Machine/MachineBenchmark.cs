using System.Globalization;
using System.Text.Json;
using Market.Hashing;
using Market.Wasm;
using Market.Wasm.Machine;
using Market.Wasm.Machine.Fast;

namespace Market.Bench.Machine;

/// <summary>How fast the step machine runs programs, hashes states and keeps them.</summary>
internal static class MachineBenchmark
{
    private const int Rounds = 5;
    private const int HashedBytes = 64 << 20;

    // Sizes at which a kernel takes some hundred million steps.
    private static readonly (string Name, string Size)[] Kernels =
        [("sha256", "2"), ("mandelbrot", "150"), ("matmul", "100"), ("nbody", "100000"), ("quicksort", "200000"), ("fib", "31"), ("parser", "400")];

    private static readonly Comparison[] Peers =
    [
        new("Cartesi machine, dhrystone, i9-14900K (C++)", 544e6, "cartesi/machine-emulator pull request 219"),
        new("early Cannon in an EVM emulator", 110e3, "ethereum-optimism/cannon issue 16"),
        new("Nitro's prover, today's Cannon", null, "no published rate found"),
    ];

    public static int Run(string bench, TextWriter report)
    {
        var kernels = Kernels.Select(kernel => Measure(bench, kernel.Name, kernel.Size, report)).ToList();
        var geomean = Math.Exp(kernels.Average(kernel => Math.Log(kernel.StepsPerSecond)));
        report.WriteLine(string.Create(CultureInfo.InvariantCulture, $"geometric mean {geomean / 1e6:F0} million steps a second"));
        foreach (var peer in Peers) report.WriteLine($"  beside: {peer.Name}: {(peer.StepsPerSecond is { } rate ? (rate / 1e6).ToString("F2", CultureInfo.InvariantCulture) + " million" : "unknown")} ({peer.Source})");
        var content = new byte[HashedBytes];
        new Random(1).NextBytes(content);
        var keccak = HashedBytes / 1e6 / Least(() => ByteTree.Root(content)).TotalSeconds;
        var (snapshot, root) = Snapshots();
        report.WriteLine(string.Create(CultureInfo.InvariantCulture, $"keccak trees {keccak:F0} MB/s; all of 64 MiB changed: snapshot {snapshot:F0} ms, root {root:F0} ms"));

        var target = Path.Combine(Directory.CreateDirectory(Path.Combine(bench, "results")).FullName, "machine.json");
        var result = new MachineResult(
            kernels, geomean, keccak, snapshot, root, Peers,
            $"least processor time of {Rounds} runs on one thread; lowering and start are not timed; snapshot and root of 64 MiB of memory of which every page was written");
        File.WriteAllText(target, JsonSerializer.Serialize(result, MachineResultsContext.Default.MachineResult) + "\n");
        report.WriteLine($"wrote {target}");
        return 0;
    }

    private static MachineKernel Measure(string bench, string name, string size, TextWriter report)
    {
        var program = MachineProgram.Lower(File.ReadAllBytes(Path.Combine(bench, "kernels", name + ".wasm"))) ?? throw new InvalidOperationException($"{name} does not lower");
        var frame = new InputFrame([name, size], 0).Encode();
        var parameters = program.Parameters(frame.Length, 0, 1UL << 50, 65_536, 1 << 20)!;
        var (least, steps) = (TimeSpan.MaxValue, 0L);
        for (var round = 0; round < Rounds; round++)
        {
            using var machine = new FastMachine(program, parameters, frame, []);
            var before = ProcessorClock.Thread();
            while (machine.Run(long.MaxValue / 4) != FastStop.Halted)
            {
            }

            var time = ProcessorClock.Thread() - before;
            if (machine.End!.Value is not { Status: MachineHalt.Exited, ExitCode: 0 }) throw new InvalidOperationException($"{name} failed");
            least = time < least ? time : least;
            steps = machine.Steps;
        }

        var rate = steps / least.TotalSeconds;
        report.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-11} {steps / 1e6,8:F1} million steps, {rate / 1e6,6:F0} million a second"));
        return new MachineKernel(name, size, steps, rate);
    }

    /// <summary>Milliseconds for a snapshot and for a root of a program's 64 MiB after every page was written.</summary>
    private static (double Snapshot, double Root) Snapshots()
    {
        var program = MachineProgram.Lower(Writer()) ?? throw new InvalidOperationException("the writer does not lower");
        var frame = new InputFrame(["writer"], 0).Encode();
        var parameters = program.Parameters(frame.Length, 0, 1UL << 50, 65_536, 1 << 20)!;
        var (snapshot, root) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        for (var round = 0; round < Rounds; round++)
        {
            using var machine = new FastMachine(program, parameters, frame, []);
            while (machine.Run(long.MaxValue / 4) != FastStop.Halted)
            {
            }

            var before = ProcessorClock.Thread();
            machine.Snapshot();
            var between = ProcessorClock.Thread();
            _ = machine.Roots;
            var after = ProcessorClock.Thread();
            snapshot = between - before < snapshot ? between - before : snapshot;
            root = after - between < root ? after - between : root;
        }

        return (snapshot.TotalMilliseconds, root.TotalMilliseconds);
    }

    /// <summary>A program that fills 64 MiB, byte by byte as memory.fill does: (memory 1024), _start: (memory.fill 0 0x55 67108864).</summary>
    private static byte[] Writer() =>
    [
        0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, // magic, version
        1, 4, 1, 0x60, 0, 0, // type () -> ()
        3, 2, 1, 0, // function 0 of it
        5, 4, 1, 0, 0x80, 0x08, // memory of 1,024 pages
        7, 10, 1, 6, 0x5f, 0x73, 0x74, 0x61, 0x72, 0x74, 0, 0, // export _start
        10, 17, 1, 15, 0, 0x41, 0, 0x41, 0xd5, 0, 0x41, 0x80, 0x80, 0x80, 0x20, 0xfc, 0x0b, 0, 0x0b,
    ];

    private static TimeSpan Least(Action action)
    {
        var least = TimeSpan.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var before = ProcessorClock.Thread();
            action();
            var time = ProcessorClock.Thread() - before;
            least = time < least ? time : least;
        }

        return least;
    }
}
