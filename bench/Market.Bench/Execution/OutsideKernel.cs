using System.Diagnostics;
using System.Globalization;

namespace Market.Bench.Execution;

/// <summary>Runs kernels outside this process: natively, and in Node's V8.</summary>
internal static class OutsideKernel
{
    // Only V8's optimising compiler: its baseline tier would keep a kernel that is one long call. Start-up is not timed.
    private const string NodeScript = """
        import { readFileSync } from 'node:fs';
        import { WASI } from 'node:wasi';
        const wasi = new WASI({ version: 'preview1', args: process.argv.slice(2), returnOnExit: true });
        const module = new WebAssembly.Module(readFileSync(process.argv[1]));
        const instance = new WebAssembly.Instance(module, wasi.getImportObject());
        const before = process.cpuUsage();
        wasi.start(instance);
        console.error(process.cpuUsage(before).user);
        """;

    /// <summary>Compiles a kernel by <c>gcc -O2</c>; null without gcc.</summary>
    public static string? CompileNative(string kernels, Kernel kernel, string folder)
    {
        var target = Path.Combine(folder, kernel.Name);
        return Execute("gcc", ["-O2", "-o", target, Path.Combine(kernels, kernel.Name + ".c"), "-lm"]) is null ? null : target;
    }

    /// <summary>Output and processor time of the native kernel, its start included.</summary>
    public static (string Output, TimeSpan Time)? RunNative(string program, Kernel kernel)
    {
        var before = ProcessorClock.EndedChildren();
        return Execute(program, [kernel.Size]) is var (output, _) ? (output, ProcessorClock.EndedChildren() - before) : null;
    }

    /// <summary>Output and processor time of the plain wasm kernel in V8; null without Node.</summary>
    public static (string Output, TimeSpan Time)? RunV8(string wasm, Kernel kernel)
    {
        var result = Execute("node", ["--no-warnings", "--no-liftoff", "--no-wasm-tier-up", "--input-type=module", "-e", NodeScript, wasm, kernel.Name, kernel.Size]);
        return result is var (output, error) ? (output, TimeSpan.FromMicroseconds(long.Parse(error.Trim(), CultureInfo.InvariantCulture))) : null;
    }

    private static (string Output, string Error)? Execute(string program, IEnumerable<string> arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? (output, error.GetAwaiter().GetResult()) : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
