using Market.Wasm.Format;

namespace Market.Wasm.Validation;

/// <summary>Checks what a decoded module says outside its function bodies (WebAssembly 2.0, chapter 3.4).</summary>
internal static class ModuleValidator
{
    public static void Validate(WasmModule module)
    {
        if (module.FunctionCount > Limits.Functions) throw RefusalException.TooLarge($"{module.FunctionCount} functions, more than {Limits.Functions}", 0);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var export in module.Exports)
        {
            if (!names.Add(export.Name)) throw RefusalException.Invalid($"duplicate export name {export.Name}", export.Offset);
            var exists = export.Kind switch
            {
                ExternalKind.Function => export.Index < module.FunctionCount,
                ExternalKind.Table => export.Index == 0 && module.Table is not null,
                ExternalKind.Memory => export.Index == 0 && module.Memory is not null,
                _ => export.Index < module.Globals.Count,
            };
            if (!exists) throw RefusalException.Invalid($"unknown {export.Kind.ToString().ToLowerInvariant()} {export.Index} exported", export.Offset);
        }

        if (module.Start is not { } start) return;
        if (start >= module.FunctionCount) throw RefusalException.Invalid($"unknown start function {start}", 0);
        if (!module.FunctionType(start).Equals(FunctionType.Empty)) throw RefusalException.Invalid("start function must take and return nothing", 0);
    }
}
