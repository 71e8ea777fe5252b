using System.Runtime.InteropServices;

namespace Market.Worker.Host;

/// <summary>Linux system call numbers of one architecture (asm/unistd.h), as far as the filter names them.</summary>
internal sealed record SystemCallNumbers(
    uint Architecture, int Seccomp, int NewTask, int NewTask3, int Kill, int Tgkill, int Prctl, IReadOnlyList<int> Plain)
{
    private static readonly SystemCallNumbers X64 = new(
        Architecture: 0xc000003e, Seccomp: 317, NewTask: 56, NewTask3: 435, Kill: 62, Tgkill: 234, Prctl: 157,
        Plain:
        [
            0, 1, 3, 5, 8, // read write close fstat lseek: on the pipes, and on memory files
            17, 19, 20, 72, 77, 7, 271, // pread64 readv writev fcntl ftruncate poll ppoll
            9, 10, 11, 12, 25, 27, 28, 149, 325, 150, 319, // mmap mprotect munmap brk mremap mincore madvise mlock mlock2 munlock memfd_create
            13, 14, 15, 131, 219, // rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack restart_syscall
            202, 24, 203, 204, 324, 334, 273, 274, 309, 239, // futex sched_yield sched_set/getaffinity membarrier rseq set/get_robust_list getcpu get_mempolicy
            35, 228, 229, 230, 98, 99, 302, 318, 63, // nanosleep clock_gettime clock_getres clock_nanosleep getrusage sysinfo prlimit64 getrandom uname
            39, 110, 186, 60, 231, // getpid getppid gettid exit exit_group
            293, // pipe2: the .NET runtime makes one for every thread it starts, at any time; without it the process aborts
        ]);

    private static readonly SystemCallNumbers Arm64 = new(
        Architecture: 0xc00000b7, Seccomp: 277, NewTask: 220, NewTask3: 435, Kill: 129, Tgkill: 131, Prctl: 167,
        Plain:
        [
            63, 64, 57, 80, 62,
            67, 65, 66, 25, 46, 73,
            222, 226, 215, 214, 216, 232, 233, 228, 284, 229, 279,
            134, 135, 139, 132, 128,
            98, 124, 122, 123, 283, 293, 99, 100, 168, 236,
            101, 113, 114, 115, 165, 179, 261, 278, 160,
            172, 173, 178, 93, 94,
            59,
        ]);

    /// <summary>Null on other architectures.</summary>
    public static SystemCallNumbers? OfThisMachine => RuntimeInformation.ProcessArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => X64,
        System.Runtime.InteropServices.Architecture.Arm64 => Arm64,
        _ => null,
    };
}
