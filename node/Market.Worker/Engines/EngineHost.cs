using System.Reflection;
using System.Runtime.InteropServices;
using Wasmtime;

namespace Market.Worker.Engines;

/// <summary>
/// The engine, set up so that a canonical module's result depends on nothing but module and input. Metering and NaN
/// rule are inside the module, so the engine's own fuel and NaN canonicalisation stay off; every proposal that the
/// canonicaliser refuses is off as well.
/// </summary>
internal sealed class EngineHost : IDisposable
{
    /// <summary>
    /// Native stack that wasm code may use. The depth guard of canonical modules fires far earlier for all but
    /// pathological frames; if it does not, the run is given up, never decided.
    /// </summary>
    public const int WasmStackSize = 64 << 20;

    /// <summary>Stack of the thread that runs guests: wasm, the async stack that Wasmtime insists on, and host functions.</summary>
    public const int ThreadStackSize = WasmStackSize + (8 << 20);

    private static readonly (string Name, bool Value, Action<Config, bool> Apply)[] Switches =
    [
        ("fuel", false, (c, v) => c.WithFuelConsumption(v)),
        ("epochs", false, (c, v) => c.WithEpochInterruption(v)),
        ("nan", false, (c, v) => c.WithCraneliftNaNCanonicalization(v)),
        ("threads", false, (c, v) => c.WithWasmThreads(v)),
        ("relaxed-simd", false, (c, v) => c.WithRelaxedSIMD(v, true)),
        ("simd", false, (c, v) => c.WithSIMD(v)),
        ("component-model", false, (c, v) => c.WithComponentModel(v)),
        ("gc", false, (c, v) => c.WithGc(v)),
        ("function-references", false, (c, v) => c.WithFunctionReferences(v)),
        ("exceptions", false, (c, v) => c.WithExceptions(v)),
        ("tail-calls", false, (c, v) => c.WithTailCalls(v)),
        ("multi-memory", false, (c, v) => c.WithMultiMemory(v)),
        ("memory64", false, (c, v) => c.WithMemory64(v)),
        ("wide-arithmetic", false, (c, v) => c.WithWideArithmetic(v)),
        ("reference-types", true, (c, v) => c.WithReferenceTypes(v)),
        ("bulk-memory", true, (c, v) => c.WithBulkMemory(v)),
        ("multi-value", true, (c, v) => c.WithMultiValue(v)),
        // Canonical modules mark their own tests as hardly ever failing; code layout only.
        ("branch-hinting", true, (c, v) => c.WithBranchHinting(v)),
        ("signal-traps", true, (c, v) => c.WithSignalsBasedTraps(v)),
        ("memory-may-move", false, (c, v) => c.WithMemoryMayMove(v)),
        ("copy-on-write", true, (c, v) => c.WithMemoryInitCopyOnWrite(v)),
    ];

    public EngineHost()
    {
        var config = new Config().WithOptimizationLevel(OptimizationLevel.Speed);
        foreach (var (_, value, apply) in Switches) apply(config, value);

        // Wasmtime demands that the async stack, which is never used here, be larger than the wasm stack.
        ConfigExtensions.SetAsyncStackSize(config, WasmStackSize + (1 << 20));
        config.WithMaximumStackSize(WasmStackSize);
        Engine = new Engine(config);
        Identity = Describe();
    }

    public Engine Engine { get; }

    /// <summary>Everything that shapes an artefact. Artefacts of another identity may load silently and compute otherwise.</summary>
    public string Identity { get; }

    public void Dispose() => Engine.Dispose();

    private static string Describe()
    {
        var version = typeof(Engine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? typeof(Engine).Assembly.GetName().Version?.ToString();
        var switches = string.Join(',', Switches.Select(s => $"{s.Name}={(s.Value ? 1 : 0)}"));
        return $"wasmtime/{version} opt=speed,stack={WasmStackSize},{switches} {RuntimeInformation.RuntimeIdentifier} {ProcessorFeatures.Describe()}";
    }
}
