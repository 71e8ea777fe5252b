namespace Market.Node.Hosting;

/// <summary>Leaves signals to <see cref="DrainService"/>: the host's own lifetime would end everything at the first one.</summary>
internal sealed class QuietLifetime : IHostLifetime
{
    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
