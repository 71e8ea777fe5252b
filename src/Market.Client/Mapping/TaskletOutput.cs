using System.Text;
using Market.Domain.Identity;

namespace Market.Client.Mapping;

/// <summary>What one tasklet of a job's last stage gave.</summary>
/// <param name="Index">Its number: of a map, its input's position.</param>
/// <param name="Output">What it wrote; empty if it failed.</param>
/// <param name="FuelUsed">What it took.</param>
/// <param name="Device">Who ran it; null in process.</param>
/// <param name="Error">Why it failed; null if it did not.</param>
public sealed record TaskletOutput(int Index, ReadOnlyMemory<byte> Output, ulong FuelUsed, DeviceId? Device, string? Error)
{
    /// <summary>The output as UTF-8.</summary>
    public string Text => Encoding.UTF8.GetString(Output.Span);
}
