using System.Runtime.InteropServices;

namespace Market.Worker.Host;

/// <summary>
/// A seccomp filter over every thread of the process: from its installation on, only system calls that computing needs
/// are answered. Files, sockets, programs and other processes are out of reach; what is denied fails with EPERM.
/// It cannot be taken off again.
/// </summary>
internal static partial class SystemCallFilter
{
    private const int PR_SET_NAME = 15;
    private const ulong SECCOMP_SET_MODE_FILTER = 1;
    private const ulong SECCOMP_FILTER_FLAG_TSYNC = 1;
    private const uint CLONE_THREAD = 0x10000;

    /// <summary>Installs the filter; false where the system has no seccomp or no number table is known here.</summary>
    public static bool TryInstall()
    {
        if (!OperatingSystem.IsLinux() || SystemCallNumbers.OfThisMachine is not { } numbers) return false;
        var program = new BpfProgram(numbers);
        program.Allow(numbers.Plain);

        // Threads, but no processes; clone3 hides its flags in memory, and the C library falls back to clone.
        program.AllowIfBitSet(numbers.NewTask, argument: 0, CLONE_THREAD);
        program.DenyAsMissing(numbers.NewTask3);

        // Signals to this process only, and a thread's name.
        program.AllowIfEqual(numbers.Kill, argument: 0, (uint)Environment.ProcessId);
        program.AllowIfEqual(numbers.Tgkill, argument: 0, (uint)Environment.ProcessId);
        program.AllowIfEqual(numbers.Prctl, argument: 0, PR_SET_NAME);
        return Install(program.Finish(), numbers.Seccomp);
    }

    private static unsafe bool Install(ulong[] instructions, int seccomp)
    {
        // Invariant: the kernel copies the program during the call, so pinning it that long is enough.
        fixed (ulong* first = instructions)
        {
            var header = new FilterHeader((ushort)instructions.Length, first);
            return syscall(seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, (nint)(&header)) == 0;
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial long syscall(long number, ulong operation, ulong flags, nint argument);

    // struct sock_fprog.
    [StructLayout(LayoutKind.Sequential)]
    private unsafe readonly struct FilterHeader(ushort length, ulong* program)
    {
        public readonly ushort Length = length;
        public readonly ulong* Program = program;
    }
}
