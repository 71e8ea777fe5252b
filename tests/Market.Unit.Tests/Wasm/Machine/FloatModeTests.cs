using System.Runtime.InteropServices;
using Market.Wasm.Machine.Arithmetic;

namespace Market.Unit.Tests.Wasm.Machine;

/// <summary>
/// A library may have left a thread in another float mode. On x86-64 the mode is the register MXCSR, which glibc's
/// fenv_t holds at byte 28.
/// </summary>
public sealed class FloatModeTests
{
    private const int ControlWord = 28;
    private const uint FlushToZero = 1 << 15;
    private const uint DenormalsAreZero = 1 << 6;
    private const uint RoundUp = 2 << 13;

    [Fact]
    public void FindFault_InTheDefaultMode_FindsNone() => Assert.Null(FloatMode.FindFault());

    [Theory]
    [InlineData(FlushToZero)]
    [InlineData(DenormalsAreZero)]
    [InlineData(RoundUp)]
    public void FindFault_InAnotherMode_NamesIt(uint bits)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64, "the mode is set here by glibc on x86-64");
        // Compiled here and now: a compiler that runs in a wrong mode flushes the constants that it puts into the code.
        var sound = FloatMode.FindFault();
        string? fault = null;
        var thread = new Thread(() =>
        {
            var before = new byte[64];
            _ = fegetenv(before);
            var changed = (byte[])before.Clone();
            BitConverter.TryWriteBytes(changed.AsSpan(ControlWord), BitConverter.ToUInt32(before, ControlWord) | bits);
            _ = fesetenv(changed);
            fault = FloatMode.FindFault();
            _ = fesetenv(before);
        });

        thread.Start();
        thread.Join();

        Assert.Null(sound);
        Assert.NotNull(fault);
    }

    // LibraryImport's generated code would need unsafe blocks in this project.
#pragma warning disable SYSLIB1054
    [DllImport("libm.so.6")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fegetenv([Out] byte[] environment);

    [DllImport("libm.so.6")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fesetenv([In] byte[] environment);
#pragma warning restore SYSLIB1054
}
