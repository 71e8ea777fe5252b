using System.Runtime.InteropServices;

namespace Market.Bench;

/// <summary>Processor time, which other work on the machine disturbs less than it does the wall clock.</summary>
internal static class ProcessorClock
{
    private const int ThreadClock = 3;
    private const int Children = -1;

    /// <summary>Processor time of this thread so far.</summary>
    public static TimeSpan Thread()
    {
        _ = clock_gettime(ThreadClock, out var time);
        return time.ToTimeSpan();
    }

    /// <summary>Processor time of all child processes that have ended.</summary>
    public static TimeSpan EndedChildren()
    {
        var usage = new long[18];
        _ = getrusage(Children, usage);
        return TimeSpan.FromSeconds(usage[0] + usage[2]) + TimeSpan.FromMicroseconds(usage[1] + usage[3]);
    }

    // LibraryImport's generated code would need unsafe blocks in this project.
#pragma warning disable SYSLIB1054
    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int clock_gettime(int clock, out Timespec time);

    // The structure is two timevals and fourteen longs, all 64-bit words on 64-bit Linux.
    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int getrusage(int who, [Out] long[] usage);
#pragma warning restore SYSLIB1054

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Timespec
    {
        private readonly long _seconds;
        private readonly long _nanoseconds;

        public TimeSpan ToTimeSpan() => TimeSpan.FromSeconds(_seconds) + TimeSpan.FromTicks(_nanoseconds / 100);
    }
}
