using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Market.Sandbox.Workers;

/// <summary>Resident memory of another process, in bytes.</summary>
internal static class ResidentMemory
{
    /// <summary>Zero when the process has ended.</summary>
    public static long Of(Process process)
    {
        try
        {
            if (!OperatingSystem.IsLinux())
            {
                process.Refresh();
                return process.WorkingSet64;
            }

            // statm, in pages: total, resident, …
            Span<byte> text = stackalloc byte[128];
            using var file = File.OpenHandle($"/proc/{process.Id}/statm");
            var length = RandomAccess.Read(file, text, 0);
            var fields = Encoding.ASCII.GetString(text[..length]).Split(' ');
            return fields.Length < 2 ? 0 : long.Parse(fields[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
