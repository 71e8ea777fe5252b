namespace Market.Node.Machine;

/// <summary>What this machine lets the node use: of every source the smallest value.</summary>
/// <param name="Cores">Processors that may be busy at once, at least one.</param>
/// <param name="MemoryBytes">Memory that this process may hold, in bytes.</param>
/// <param name="Limits">Which source said what, for people.</param>
internal sealed record MachineFacts(int Cores, long MemoryBytes, IReadOnlyList<string> Limits);
