using System.Runtime.InteropServices;

namespace Market.Worker.Host;

/// <summary>Tries what a guest that has broken out would try. Run by hand or by a test, never beside a guest.</summary>
internal static partial class EscapeProbe
{
    private const int AF_INET = 2;
    private const int SOCK_STREAM = 1;
    private const int O_CREAT_WRONLY = 0x41;
    private const int AnyOtherProcess = 1;

    /// <summary>One bit per attempt that succeeded: read a file 1, write a file 2, socket 4, new process 8, signal another process 16.</summary>
    public static int Run(bool confine)
    {
        // The first calls bind the functions, which reads files.
        _ = Attempts();
        if (confine)
        {
            Assemblies.LoadAll();
            if (!SystemCallFilter.TryInstall()) return 64;

            // The runtime starts threads of its own at any time; a filter that stands in the way aborts the process here.
            var thread = new Thread(() => { });
            thread.Start();
            thread.Join();
        }

        return Attempts();
    }

    private static int Attempts()
    {
        var read = open("/proc/self/status", 0, 0) >= 0 ? 1 : 0;
        var write = open("/dev/null", O_CREAT_WRONLY, 0) >= 0 ? 2 : 0;
        var connect = socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 4 : 0;

        // Without arguments or environment. Not fork, which a .NET process does not survive well.
        var child = posix_spawn(out _, "/bin/true", 0, 0, [0], [0]) == 0 ? 8 : 0;
        return read | write | connect | child | (kill(AnyOtherProcess, 0) == 0 ? 16 : 0);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int open(string path, int flags, int mode);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int socket(int domain, int type, int protocol);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int posix_spawn(out int process, string path, nint actions, nint attributes, nint[] arguments, nint[] environment);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int kill(int process, int signal);
}
