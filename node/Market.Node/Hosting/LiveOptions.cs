namespace Market.Node.Hosting;

/// <summary>The settings in force. Those that a running node can change are taken over from an edited file; the rest need a restart.</summary>
internal sealed class LiveOptions(NodeOptions start)
{
    private volatile NodeOptions _current = start;

    /// <summary>The settings now.</summary>
    public NodeOptions Current => _current;

    /// <summary>Takes over what can change; gives the names of settings that changed in the file and wait for a restart.</summary>
    public IReadOnlyList<string> Apply(NodeOptions edited)
    {
        var before = _current;
        _current = before with { Pricing = edited.Pricing, VerdictMask = edited.VerdictMask, Keeps = edited.Keeps, Drain = edited.Drain };
        return [.. Fixed(before, edited).Where(s => s.Changed).Select(s => s.Name)];
    }

    private static IEnumerable<(string Name, bool Changed)> Fixed(NodeOptions before, NodeOptions edited)
    {
        yield return ("name", before.Name != edited.Name);
        yield return ("data", before.Data != edited.Data);
        yield return ("listen.api", !before.Api.Equals(edited.Api));
        yield return ("listen.publicUrl", before.PublicUrl != edited.PublicUrl);
        yield return ("listen.health", !before.Health.Equals(edited.Health));
        yield return ("resources.slots", before.Lanes != edited.Lanes);
        yield return ("resources.memoryPerTaskletMiB", before.MemoryMiB != edited.MemoryMiB);
        yield return ("resources.diskMiB", before.DiskBytes != edited.DiskBytes);
        yield return ("serves.attestationLevel", before.Level != edited.Level);
        yield return ("serves.region", before.Region != edited.Region);
    }
}
