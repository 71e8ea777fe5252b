using Market.Wasm.Format;

namespace Market.Wasm.Shim;

/// <summary>
/// Types of the WASI preview 1 functions that the shim does not provide. A module may import them, as linkers often
/// leave unused imports behind; called, they return <see cref="NotSupported"/>.
/// </summary>
internal static class WasiSignatures
{
    /// <summary>Name of the module that WASI preview 1 functions are imported from.</summary>
    public const string Module = "wasi_snapshot_preview1";

    /// <summary>The errno NOSYS: function not supported.</summary>
    public const int NotSupported = 52;

    // i is i32, l is i64; every one returns an errno, an i32.
    private static readonly Dictionary<string, string> Parameters = new()
    {
        ["fd_advise"] = "illi", ["fd_allocate"] = "ill", ["fd_fdstat_set_rights"] = "ill", ["fd_filestat_set_size"] = "il",
        ["fd_filestat_set_times"] = "illi", ["fd_pread"] = "iiili", ["fd_pwrite"] = "iiili", ["fd_readdir"] = "iiili",
        ["fd_renumber"] = "ii", ["path_create_directory"] = "iii", ["path_filestat_get"] = "iiiii",
        ["path_filestat_set_times"] = "iiiilli", ["path_link"] = "iiiiiii", ["path_open"] = "iiiiillii",
        ["path_readlink"] = "iiiiii", ["path_remove_directory"] = "iii", ["path_rename"] = "iiiiii",
        ["path_symlink"] = "iiiii", ["path_unlink_file"] = "iii", ["proc_raise"] = "i", ["sock_accept"] = "iii",
        ["sock_recv"] = "iiiiii", ["sock_send"] = "iiiii", ["sock_shutdown"] = "ii",
    };

    /// <summary>Type of an unsupported WASI function, or null if WASI has none of that name.</summary>
    public static FunctionType? Find(string name) => Parameters.TryGetValue(name, out var parameters)
        ? new FunctionType([.. parameters.Select(c => c == 'i' ? WasmType.I32 : WasmType.I64)], [WasmType.I32])
        : null;
}
