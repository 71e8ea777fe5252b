namespace Market.Client.Development.Wiring;

/// <summary>
/// All of a local market's connections go through one process that can hold them up or cut them, one by one: real sockets,
/// no privileges needed. Its files say which; it looks at them several times a second.
/// </summary>
public sealed class Switchboard(SwitchboardFiles files, TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>Runs until cancelled.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">A port is taken.</exception>
    public async Task RunAsync(CancellationToken cancel)
    {
        var lines = files.Lines();
        var relays = lines.ToDictionary(line => line.Name, line => new LineRelay(line, time));
        try
        {
            await Task.WhenAll([.. relays.Values.Select(r => r.RunAsync(cancel)), ObeyAsync(relays, cancel)]);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Told to end.
        }
        finally
        {
            foreach (var relay in relays.Values) relay.Dispose();
        }
    }

    private async Task ObeyAsync(Dictionary<string, LineRelay> relays, CancellationToken cancel)
    {
        using var look = new PeriodicTimer(Look, time);
        do
        {
            var states = files.States();
            foreach (var (name, relay) in relays) relay.Set(states.GetValueOrDefault(name) ?? LineState.Open);
        }
        while (await look.WaitForNextTickAsync(cancel));
    }
}
