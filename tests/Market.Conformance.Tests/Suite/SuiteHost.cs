using Market.Wasm;

namespace Market.Conformance.Tests.Suite;

/// <summary>Something that runs the suite's modules: Wasmtime, or the step machine. One script's modules can import from each other.</summary>
internal abstract class SuiteHost : IDisposable
{
    /// <summary>Starts a module: the binary as the script has it, and its canonical form.</summary>
    /// <exception cref="SuiteException">It does not start.</exception>
    public abstract SuiteInstance Instantiate(byte[] original, CanonicalModule canonical);

    /// <summary>Lets later modules import from an instance.</summary>
    public abstract void Register(string name, SuiteInstance instance);

    /// <summary>In the market a trap ends the run. Here the next command calls the same instance, so the frames left are given back.</summary>
    public abstract void RefillAfterTrap();

    public abstract void Dispose();
}

/// <summary>A module that runs.</summary>
internal abstract class SuiteInstance
{
    public abstract bool HasFunction(string name);

    /// <exception cref="SuiteException">It traps.</exception>
    public abstract IReadOnlyList<Constant> Call(string name, IReadOnlyList<Constant> arguments);

    public abstract IReadOnlyList<Constant> Get(string global);
}

/// <summary>A trap, or a module that does not start.</summary>
internal sealed class SuiteException(string message, bool unknownImport = false) : Exception(message)
{
    /// <summary>An import leads nowhere.</summary>
    public bool UnknownImport { get; } = unknownImport;
}
