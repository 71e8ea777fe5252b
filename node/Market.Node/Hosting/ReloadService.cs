using System.Runtime.InteropServices;
using System.Threading.Channels;
using Market.Client.Faults;
using Market.Client.Providers;
using Market.Node.Chain;
using Market.Node.Machine;

namespace Market.Node.Hosting;

/// <summary>Where the node's settings were read.</summary>
internal sealed record ConfigSource(string File, string Folder);

/// <summary>Reads provider.yaml again at SIGHUP. A file with a fault changes nothing: its lines are logged.</summary>
internal sealed partial class ReloadService(ConfigSource source, MachineFacts machine, LiveOptions options, ChainHead head, ILogger<ReloadService> logger)
    : BackgroundService
{
    // Several signals while one is worked on are one.
    private readonly Channel<bool> _asked = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            _asked.Writer.TryWrite(true);
        });
        try
        {
            await foreach (var _ in _asked.Reader.ReadAllAsync(stoppingToken)) Reload();
        }
        catch (OperationCanceledException)
        {
            // The node ends.
        }
    }

    private void Reload()
    {
        try
        {
            var config = ProviderConfigFile.Read(source.File);
            var waiting = options.Apply(NodeOptions.From(config, source.Folder, machine.Cores, machine.MemoryBytes));
            LogReloaded(source.File);
            if (waiting.Count > 0) LogWaiting(string.Join(", ", waiting));
            head.Nudge();
        }
        catch (MarketException e)
        {
            LogKept(e.Fault.Code, e.Fault.Message);
        }
    }

    [LoggerMessage(4610, LogLevel.Information, "Settings taken over from {File}")]
    private partial void LogReloaded(string file);

    [LoggerMessage(4611, LogLevel.Warning, "These settings changed and wait for a restart: {Names}")]
    private partial void LogWaiting(string names);

    [LoggerMessage(4612, LogLevel.Error, "The settings stay as they were ({Code}): {Faults}")]
    private partial void LogKept(string code, string faults);
}
