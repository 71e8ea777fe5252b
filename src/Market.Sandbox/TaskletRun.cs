namespace Market.Sandbox;

/// <summary>What one run may use. All but <paramref name="WallClock"/> are part of the tasklet and shape its result.</summary>
/// <param name="Fuel">Fuel at the start; at most 2^63 - 1.</param>
/// <param name="MemoryPages">Pages of 64 KiB that the module's memory may grow to; at most 65,536.</param>
/// <param name="OutputBytes">Output the module may write before it traps; at most 256 MiB.</param>
/// <param name="WallClock">How long the device waits before it gives the run up. Never part of a result.</param>
public sealed record RunLimits(ulong Fuel, uint MemoryPages, uint OutputBytes, TimeSpan WallClock)
{
    /// <summary>Most output bytes of one run: the output tree of the step machine has 2^21 leaves.</summary>
    public const uint MaxOutputBytes = 256u << 20;

    /// <summary>Most pages of one run: what a 32-bit address reaches.</summary>
    public const uint MaxMemoryPages = 65_536;

    /// <summary>Most input bytes, frame and standard input together.</summary>
    public const int MaxInputBytes = 1 << 30;
}

/// <summary>One tasklet: a module, its input and its limits.</summary>
/// <param name="Module">From <see cref="IRuntime.PrepareAsync"/> of the same runtime.</param>
/// <param name="Frame">The encoded input frame; its length is a multiple of 128.</param>
/// <param name="Stdin">Standard input, which the module reads right after the frame.</param>
/// <param name="Limits">What the run may use.</param>
public sealed record TaskletRun(PreparedModule Module, ReadOnlyMemory<byte> Frame, ReadOnlyMemory<byte> Stdin, RunLimits Limits);
