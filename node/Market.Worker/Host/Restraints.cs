using System.Runtime.InteropServices;

namespace Market.Worker.Host;

/// <summary>
/// What a worker denies itself before it reads a byte from anyone. A second fence behind the engine's own: it matters
/// only to a guest that has broken out.
/// </summary>
internal static partial class Restraints
{
    private const int RLIMIT_CORE = 4;
    private const int RLIMIT_NOFILE = 7;
    private const int PR_SET_NO_NEW_PRIVS = 38;
    private const ulong OpenFiles = 128;

    public static void Apply()
    {
        if (!OperatingSystem.IsLinux()) return;

        // No set-user-id programs, no core files with inputs in them, few descriptors. Failure leaves things as they were.
        _ = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
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
