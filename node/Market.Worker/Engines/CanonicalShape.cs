using Wasmtime;

namespace Market.Worker.Engines;

/// <summary>The outside of a canonical module: four known imports, three known exports, nothing else.</summary>
internal static class CanonicalShape
{
    public const string ImportModule = "market";
    public const string InLen = "in_len";
    public const string InRead = "in_read";
    public const string OutWrite = "out_write";
    public const string Exit = "exit";
    public const string Memory = "memory";
    public const string EntryPoint = "_run";
    public const string Fuel = "fuel";

    /// <summary>What is wrong with the module's outside, or null.</summary>
    public static string? FindFault(Module module)
    {
        foreach (var import in module.Imports)
        {
            if (import.ModuleName != ImportModule || import is not FunctionImport function || !IsKnown(function))
            {
                return $"the module imports {import.ModuleName}.{import.Name}, which is none of the four primitives or has another type";
            }
        }

        if (module.Exports.Count != 3) return $"the module has {module.Exports.Count} exports instead of memory, _run and fuel";
        foreach (var export in module.Exports)
        {
            var known = export switch
            {
                MemoryExport { Name: Memory, Is64Bit: false } => true,
                FunctionExport { Name: EntryPoint, Parameters.Count: 0, Results.Count: 0 } => true,
                GlobalExport { Name: Fuel, Kind: ValueKind.Int64 } fuel => fuel.Mutability == Mutability.Mutable,
                _ => false,
            };
            if (!known) return $"the module's export {export.Name} is not that of a canonical module";
        }

        return null;
    }

    private static bool IsKnown(FunctionImport function) => function.Name switch
    {
        InLen => Has(function, parameters: 0, results: 1),
        InRead => Has(function, parameters: 3, results: 0),
        OutWrite => Has(function, parameters: 2, results: 0),
        Exit => Has(function, parameters: 1, results: 0),
        _ => false,
    };

    private static bool Has(FunctionImport function, int parameters, int results) =>
        function.Parameters.Count == parameters && function.Results.Count == results
        && function.Parameters.Concat(function.Results).All(kind => kind == ValueKind.Int32);
}
