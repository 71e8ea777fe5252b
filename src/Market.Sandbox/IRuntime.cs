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
    /// <param name="name">The module's name; the caller has checked that it names <paramref name="content"/>.</param>
    /// <param name="content">The module as its consumer wrote it.</param>
    /// <param name="cancellationToken">Ends the wait; a compilation that others may want goes on.</param>
    Task<Preparation> PrepareAsync(BlobName name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Runs one tasklet when a lane is free. Safe for any number of callers at once.</summary>
    Task<RunOutcome> RunAsync(TaskletRun run, CancellationToken cancellationToken);
}
