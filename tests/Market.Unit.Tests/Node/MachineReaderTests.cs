using Market.Node.Machine;
using Market.Unit.Tests.Blobs;

namespace Market.Unit.Tests.Node;

public sealed class MachineReaderTests : IDisposable
{
    private const long Gibi = 1L << 30;
    private readonly TempDirectory _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Read_TakesTheSmallestOfAllSources()
    {
        Write("proc/meminfo", "MemTotal:       24000000 kB\nMemFree: 1 kB\n");
        Write("sys/devices/system/node/node0/meminfo", "Node 0 MemTotal:       4194304 kB\n");
        Write("sys/devices/system/node/node1/meminfo", "Node 1 MemTotal:       4194304 kB\n");

        var facts = new MachineReader(_root.Path, 8, 16 * Gibi).Read();

        Assert.Equal(8, facts.Cores);
        Assert.Equal(8 * Gibi, facts.MemoryBytes);
    }

    [Fact]
    public void Read_VersionTwoGroup_LimitsOfAncestorsCount()
    {
        Write("proc/self/cgroup", "0::/system.slice/node.service\n");
        Write("sys/fs/cgroup/system.slice/node.service/memory.max", "max\n");
        Write("sys/fs/cgroup/system.slice/memory.max", "3221225472\n");
        Write("sys/fs/cgroup/system.slice/node.service/cpu.max", "250000 100000\n");

        var facts = new MachineReader(_root.Path, 8, null).Read();

        Assert.Equal(2, facts.Cores);
        Assert.Equal(3 * Gibi, facts.MemoryBytes);
    }

    [Fact]
    public void Read_VersionOneGroup_IsUnderstood()
    {
        Write("proc/self/cgroup", "4:memory:/box\n2:cpu,cpuacct:/box\n1:name=systemd:/box\n");
        Write("sys/fs/cgroup/memory/box/memory.limit_in_bytes", "2147483648\n");
        Write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        Write("sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "50000\n");
        Write("sys/fs/cgroup/cpu/box/cpu.cfs_period_us", "100000\n");
        Write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
        Write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");

        var facts = new MachineReader(_root.Path, 8, 16 * Gibi).Read();

        Assert.Equal(1, facts.Cores);
        Assert.Equal(2 * Gibi, facts.MemoryBytes);
    }

    [Fact]
    public void ReadThisMachine_FindsCoresAndMemory()
    {
        var facts = MachineReader.ReadThisMachine();

        Assert.InRange(facts.Cores, 1, Environment.ProcessorCount);
        Assert.InRange(facts.MemoryBytes, 64L << 20, 1L << 50);
    }

    private void Write(string path, string content)
    {
        var file = Path.Combine(_root.Path, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }
}
