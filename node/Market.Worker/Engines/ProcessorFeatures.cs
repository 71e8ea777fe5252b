using System.Runtime.Intrinsics.X86;

namespace Market.Worker.Engines;

/// <summary>The processor's instruction set extensions, since the engine compiles for exactly those.</summary>
internal static class ProcessorFeatures
{
    public static string Describe()
    {
        if (X86Base.IsSupported)
        {
            // Only words that hold feature bits: others differ from core to core.
            var basic = X86Base.CpuId(1, 0);
            var structured = X86Base.CpuId(7, 0);
            var extended = X86Base.CpuId(unchecked((int)0x80000001), 0);
            return $"x86:{basic.Ecx:x8}{basic.Edx:x8}{structured.Ebx:x8}{structured.Ecx:x8}{structured.Edx:x8}{extended.Ecx:x8}{extended.Edx:x8}";
        }

        const string Description = "/proc/cpuinfo";
        var features = File.Exists(Description)
            ? File.ReadLines(Description).FirstOrDefault(line => line.StartsWith("Features", StringComparison.Ordinal))
            : null;
        return $"other:{features?.Split(':')[^1].Trim().Replace(' ', '+') ?? Environment.OSVersion.VersionString.Replace(' ', '+')}";
    }
}
