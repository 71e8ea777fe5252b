using System.Reflection;

namespace Market.Worker.Host;

/// <summary>Loads what the runtime would otherwise load when it is first needed, which is when files are out of reach.</summary>
internal static class Assemblies
{
    public static void LoadAll()
    {
        var loaded = new HashSet<string>();
        var open = new Queue<Assembly>([typeof(Assemblies).Assembly]);
        while (open.TryDequeue(out var assembly))
        {
            foreach (var reference in assembly.GetReferencedAssemblies())
            {
                if (loaded.Add(reference.Name!)) open.Enqueue(Assembly.Load(reference));
            }
        }
    }
}
