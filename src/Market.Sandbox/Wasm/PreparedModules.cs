using Market.Hashing;

namespace Market.Sandbox.Wasm;

/// <summary>The modules that were prepared last, so that the next lease of the same module needs no canonicalisation.</summary>
internal sealed class PreparedModules(int capacity)
{
    private readonly Lock _lock = new();
    private readonly List<PreparedModule> _modules = []; // the most recently used last

    public PreparedModule? Find(BlobName name)
    {
        lock (_lock)
        {
            var at = _modules.FindIndex(module => module.Name == name);
            if (at < 0) return null;
            var found = _modules[at];
            _modules.RemoveAt(at);
            _modules.Add(found);
            return found;
        }
    }

    public void Add(PreparedModule module)
    {
        lock (_lock)
        {
            _modules.RemoveAll(other => other.Name == module.Name);
            if (_modules.Count == capacity) _modules.RemoveAt(0);
            _modules.Add(module);
        }
    }
}
