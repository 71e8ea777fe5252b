using Wasmtime;

namespace Market.Conformance.Tests.Programs;

/// <summary>Runs a program as it came from its compiler, over Wasmtime's own WASI, with a real clock and real randomness.</summary>
internal static class WasiCommand
{
    /// <summary>Exit code and standard output.</summary>
    public static (uint ExitCode, byte[] Output) Run(byte[] wasm, ProgramCase @case)
    {
        var folder = Directory.CreateTempSubdirectory("market-wasi");
        var (input, output) = (Path.Combine(folder.FullName, "in"), Path.Combine(folder.FullName, "out"));
        try
        {
            File.WriteAllBytes(input, @case.Stdin);
            var exitCode = Run(wasm, new WasiConfiguration().WithArgs(@case.Arguments).WithStandardInput(input).WithStandardOutput(output));
            return (exitCode, File.ReadAllBytes(output));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static uint Run(byte[] wasm, WasiConfiguration wasi)
    {
        using var engine = new Engine();
        using var module = Module.FromBytes(engine, "program", wasm);
        using var linker = new Linker(engine);
        linker.DefineWasi();
        using var store = new Store(engine);
        store.SetWasiConfiguration(wasi);
        try
        {
            linker.Instantiate(store, module).GetAction("_start")!();
            return 0;
        }
        catch (WasmtimeException e) when (e.ExitCode is { } code)
        {
            return (uint)code;
        }
    }
}
