using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Wasmtime;

namespace Market.Conformance.Tests.Engines;

/// <summary>Settings of Wasmtime that its .NET binding leaves out.</summary>
internal static class ConfigHandle
{
    /// <summary>Compiles for another target; "pulley64" is the portable interpreter.</summary>
    public static Config WithTarget(this Config config, string triple)
    {
        // Invariant, here and below: the config lives through the call, and no engine has consumed it yet.
        var error = wasmtime_config_target_set(Handle(config), triple);
        GC.KeepAlive(config);
        return error == 0 ? config : throw new InvalidOperationException($"this build of Wasmtime has no target {triple}");
    }

    /// <summary>Allows <paramref name="bytes"/> of native stack, on a thread that has as much and a megabyte or two more.</summary>
    public static Config WithLargeStack(this Config config, int bytes)
    {
        // Wasmtime wants the async stack, though unused, to be larger than the stack of wasm code.
        wasmtime_config_async_stack_size_set(Handle(config), (ulong)bytes + (1 << 20));
        GC.KeepAlive(config);
        return config.WithMaximumStackSize(bytes);
    }

    private static nint Handle(Config config) => ((SafeHandle)GetNativeHandle(config)).DangerousGetHandle();

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_NativeHandle")]
    [return: UnsafeAccessorType("Wasmtime.Config+Handle, Wasmtime.Dotnet")]
    private static extern object GetNativeHandle(Config config);

    // DllImport and not LibraryImport, whose generated code would need unsafe blocks in this project.
#pragma warning disable SYSLIB1054
    [DllImport("wasmtime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory)]
    private static extern nint wasmtime_config_target_set(nint config, [MarshalAs(UnmanagedType.LPUTF8Str)] string triple);

    [DllImport("wasmtime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory)]
    private static extern void wasmtime_config_async_stack_size_set(nint config, ulong bytes);
#pragma warning restore SYSLIB1054
}
