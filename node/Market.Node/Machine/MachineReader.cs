using System.Globalization;

namespace Market.Node.Machine;

/// <summary>
/// Reads what the kernel, the control groups (v1 and v2) and the allocator grant. They differ: a container's quota is not
/// in the processor count, and a balloon driver leaves <c>MemTotal</c> above what the memory nodes hold.
/// </summary>
/// <param name="root">Where the file system starts; another folder in tests.</param>
/// <param name="processors">Processors that the scheduler lets this process run on.</param>
/// <param name="allocatorBytes">What the allocator says may be held; null if it does not say.</param>
internal sealed class MachineReader(string root, int processors, long? allocatorBytes)
{
    private readonly List<(string Source, long Value)> _memory = [];
    private readonly List<(string Source, double Value)> _cores = [];

    /// <summary>Reads this machine.</summary>
    public static MachineFacts ReadThisMachine() =>
        new MachineReader("/", Environment.ProcessorCount, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes).Read();

    /// <summary>Reads all sources; those that a machine does not have are left out.</summary>
    public MachineFacts Read()
    {
        _cores.Add(("scheduler", processors));
        if (allocatorBytes is { } allocator) _memory.Add(("allocator", allocator));
        ReadMemInfo("MemTotal of /proc/meminfo", "proc/meminfo", "MemTotal:");
        ReadMemoryNodes();
        foreach (var folder in ControlGroups()) ReadGroup(folder);

        var cores = Math.Max(1, (int)Math.Floor(_cores.Min(c => c.Value)));
        var memory = _memory.Count == 0 ? 0 : _memory.Min(m => m.Value);
        return new MachineFacts(cores, memory,
        [
            .. _cores.Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Value:0.##} cores by {c.Source}")),
            .. _memory.Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.Value >> 20} MiB by {m.Source}")),
        ]);
    }

    private void ReadMemInfo(string source, string path, string key)
    {
        foreach (var line in Lines(path))
        {
            var at = line.IndexOf(key, StringComparison.Ordinal);
            if (at < 0) continue;
            var number = line[(at + key.Length)..].Trim().Split(' ')[0];
            if (long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var kibibytes)) _memory.Add((source, kibibytes << 10));
        }
    }

    private void ReadMemoryNodes()
    {
        var nodes = Path.Combine(root, "sys/devices/system/node");
        if (!Directory.Exists(nodes)) return;
        var before = _memory.Count;
        foreach (var node in Directory.EnumerateDirectories(nodes, "node*"))
        {
            ReadMemInfo("", Path.Combine(Path.GetRelativePath(root, node), "meminfo"), "MemTotal:");
        }

        if (_memory.Count == before) return;
        var sum = _memory.Skip(before).Sum(m => m.Value);
        _memory.RemoveRange(before, _memory.Count - before);
        _memory.Add(("memory nodes", sum));
    }

    // A group's limit binds everything below it, so each ancestor counts.
    private IEnumerable<string> ControlGroups()
    {
        foreach (var line in Lines("proc/self/cgroup"))
        {
            if (line.Split(':', 3) is not [_, var controllers, var path]) continue;
            string[] mounts = controllers.Length == 0 ? ["sys/fs/cgroup"] : [.. controllers.Split(',').Select(c => $"sys/fs/cgroup/{c}")];
            foreach (var mount in mounts)
            {
                var at = path.Trim('/');
                while (true)
                {
                    yield return Path.Combine(mount, at);
                    if (at.Length == 0) break;
                    at = Path.GetDirectoryName(at) ?? "";
                }
            }
        }
    }

    private void ReadGroup(string folder)
    {
        ReadMemoryLimit(folder, "memory.max");
        ReadMemoryLimit(folder, "memory.limit_in_bytes");

        // v2: "quota period" or "max period"; v1: two files, quota -1 for none.
        if (Lines(Path.Combine(folder, "cpu.max")).FirstOrDefault()?.Split(' ') is [var quota, var period]) AddCores(folder, quota, period);
        if (Lines(Path.Combine(folder, "cpu.cfs_quota_us")).FirstOrDefault() is { } quota1
            && Lines(Path.Combine(folder, "cpu.cfs_period_us")).FirstOrDefault() is { } period1)
        {
            AddCores(folder, quota1, period1);
        }
    }

    private void ReadMemoryLimit(string folder, string file)
    {
        // Without a limit v2 says "max" and v1 a number close to 2^63.
        if (long.TryParse(Lines(Path.Combine(folder, file)).FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) && bytes < 1L << 60)
        {
            _memory.Add(($"/{folder}/{file}", bytes));
        }
    }

    private void AddCores(string folder, string quota, string period)
    {
        if (long.TryParse(quota, NumberStyles.None, CultureInfo.InvariantCulture, out var q)
            && long.TryParse(period, NumberStyles.None, CultureInfo.InvariantCulture, out var p) && p > 0)
        {
            _cores.Add(($"/{folder}", (double)q / p));
        }
    }

    private string[] Lines(string path)
    {
        try
        {
            var file = Path.Combine(root, path);
            return File.Exists(file) ? File.ReadAllLines(file) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A source that may not be read limits nothing that we could know of.
            return [];
        }
    }
}
