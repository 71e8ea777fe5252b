using Market.Hashing;

namespace Market.Sandbox;

/// <summary>
/// What a device runs tasklets in. An implementation supervises processes of its own, so nothing that a tasklet does
/// can reach the caller: it answers with a result or says that it gave up.
/// </summary>
public interface IRuntime : IAsyncDisposable
{
    /// <summary>The kind that a device lists and a class names.</summary>
    RuntimeKind Kind { get; }

    /// <summary>
    /// Makes a module ready to run: checks it, compiles it, keeps the compiled form. Once per lease is enough, and a
    /// module that was prepared before costs next to nothing.
    /// </summary>
    Task<Preparation> PrepareAsync(BlobName name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Runs one tasklet when a lane is free. Safe for any number of callers at once.</summary>
    Task<RunOutcome> RunAsync(TaskletRun run, CancellationToken cancellationToken);
}
