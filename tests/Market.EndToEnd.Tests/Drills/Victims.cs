using System.Diagnostics;
using System.Globalization;
using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Drills;

/// <summary>The processes of a local market, to be killed and started again without warning.</summary>
internal sealed class Victims : IAsyncDisposable
{
    private readonly LocalMarketFixture _local;
    private readonly Dictionary<string, int> _nodes;
    private readonly List<Process> _restarted = [];

    private Victims(LocalMarketFixture local, int chain, Dictionary<string, int> nodes) => (_local, Chain, _nodes) = (local, chain, nodes);

    /// <summary>Process id of the chain.</summary>
    public int Chain { get; }

    /// <summary>Names of the nodes.</summary>
    public IReadOnlyList<string> Nodes => [.. _nodes.Keys.Order(StringComparer.Ordinal)];

    public static async Task<Victims> OfAsync(LocalMarketFixture local)
    {
        var processes = await local.ProcessesAsync();
        return new Victims(local, processes["chain"], processes.Where(p => p.Key != "chain").ToDictionary(p => p.Key, p => p.Value));
    }

    /// <summary>kill -9 of a node and, with it gone, a new process on its data directory.</summary>
    public async Task RestartNodeAsync(string name)
    {
        await KillAsync(_nodes[name]);
        var folder = Path.Combine(_local.Home, "dev", name);
        var start = new ProcessStartInfo("/bin/sh")
        {
            // The shell only redirects: the node takes its place.
            ArgumentList = { "-c", "exec \"$0\" --config \"$1\" >> \"$2\" 2>&1", Executable("Market.Node", "market-node"), Path.Combine(folder, "provider.yaml"), Path.Combine(_local.Home, "dev", name + ".log") },
            WorkingDirectory = folder,
        };
        start.Environment["MARKET_HOME"] = _local.Home;
        var node = Process.Start(start)!;
        _restarted.Add(node);
        _nodes[name] = node.Id;
    }

    /// <summary>kill -9 of every worker of a node, in the middle of whatever they run.</summary>
    public async Task<int> KillWorkersAsync(string name)
    {
        var workers = ChildrenOf(_nodes[name]);
        foreach (var worker in workers) await KillAsync(worker);
        return workers.Count;
    }

    /// <summary>Stops a process from running, as a partition or a swapped-out machine does, and lets it go on.</summary>
    public static async Task PauseAsync(int process, TimeSpan length)
    {
        await SignalAsync(process, "STOP");
        try
        {
            await Task.Delay(length, TestContext.Current.CancellationToken);
        }
        finally
        {
            await SignalAsync(process, "CONT");
        }
    }

    /// <summary>The process id of a node.</summary>
    public int this[string node] => _nodes[node];

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _restarted)
        {
            if (!node.HasExited) node.Kill(entireProcessTree: true);
            await node.WaitForExitAsync(CancellationToken.None);
            node.Dispose();
        }
    }

    public static async Task SignalAsync(int process, string signal)
    {
        using var kill = Process.Start(new ProcessStartInfo("kill") { ArgumentList = { $"-{signal}", process.ToString(CultureInfo.InvariantCulture) }, RedirectStandardError = true })!;
        await kill.WaitForExitAsync(CancellationToken.None);
    }

    private static async Task KillAsync(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // It was gone already.
        }
    }

    private static List<int> ChildrenOf(int parent)
    {
        var children = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id)) continue;
            try
            {
                // proc(5): pid (comm) state ppid …; the name may hold anything but ends at the last parenthesis.
                var stat = File.ReadAllText(Path.Combine(folder, "stat"));
                if (int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture) == parent) children.Add(id);
            }
            catch (IOException)
            {
                // It ended meanwhile.
            }
        }

        return children;
    }

    private static string Executable(string project, string name)
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        return Path.Combine(here.Parent!.Parent!.FullName, project, here.Name, name);
    }
}
