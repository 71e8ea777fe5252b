using System.Runtime.InteropServices;

namespace Market.Worker.Host;

/// <summary>
/// What a worker denies itself. A second fence behind the engine's own: it matters only to a guest that has broken out
/// of its wasm memory, which then finds no files, no network, no other process.
/// </summary>
internal static partial class Restraints
{
    private const int RLIMIT_CORE = 4;
    private const int RLIMIT_NOFILE = 7;
    private const int PR_SET_DUMPABLE = 4;
    private const int PR_SET_NO_NEW_PRIVS = 38;
    private const ulong OpenFiles = 128;

    /// <summary>At the start: no set-user-id programs, no core files with inputs in them, few descriptors, no debuggers.</summary>
    public static void Apply()
    {
        if (!OperatingSystem.IsLinux()) return;

        // Failure leaves things as they were, which is no worse than on a system without these calls.
        _ = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        _ = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
        Limit(RLIMIT_CORE, 0);
        Limit(RLIMIT_NOFILE, OpenFiles);
    }

    private static void Limit(int resource, ulong value)
    {
        var limit = new ResourceLimit(value, value);
        _ = setrlimit(resource, in limit);
    }

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int prctl(int option, ulong arg2, ulong arg3, ulong arg4, ulong arg5);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int setrlimit(int resource, in ResourceLimit limit);

    private readonly record struct ResourceLimit(ulong Soft, ulong Hard);
}
