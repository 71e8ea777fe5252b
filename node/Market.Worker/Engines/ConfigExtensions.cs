using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Wasmtime;

namespace Market.Worker.Engines;

/// <summary>The one setting that the .NET binding of Wasmtime leaves out and that a large wasm stack needs.</summary>
internal static partial class ConfigExtensions
{
    /// <summary>Sets <c>async_stack_size</c>, in bytes. Above 2 MiB the engine aborts unless this exceeds the wasm stack.</summary>
    public static void SetAsyncStackSize(Config config, int bytes)
    {
        // Invariant: the handle outlives the call because config does, and the engine has not consumed it yet.
        var handle = (SafeHandle)GetNativeHandle(config);
        wasmtime_config_async_stack_size_set(handle.DangerousGetHandle(), (ulong)bytes);
        GC.KeepAlive(config);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_NativeHandle")]
    [return: UnsafeAccessorType("Wasmtime.Config+Handle, Wasmtime.Dotnet")]
    private static extern object GetNativeHandle(Config config);

    [LibraryImport("wasmtime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory)]
    private static partial void wasmtime_config_async_stack_size_set(nint config, ulong bytes);
}
