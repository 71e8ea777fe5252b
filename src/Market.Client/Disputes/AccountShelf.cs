using Market.Domain.Leases;
using Market.Wasm.Machine.Accounts;

namespace Market.Client.Disputes;

/// <summary>
/// Accounts of the runs that are disputed now, shared by all games about one tasklet. Few are kept and few think at once, so
/// that a flood of games costs time but no more memory than a few runs take.
/// </summary>
public sealed class AccountShelf(RunAccounts make, int most = 4, int atOnce = 2) : IDisposable
{
    private readonly Dictionary<(LeaseKey Lease, uint Tasklet), Shelved> _shelf = [];
    private readonly SemaphoreSlim _thinking = new(atOnce);
    private readonly Lock _lock = new();
    private long _clock;

    /// <summary>Asks the account of a tasklet's run something, on a thread of its own.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="tasklet">The tasklet.</param>
    /// <param name="run">The run, for the case that its account is not at hand.</param>
    /// <param name="ask">The question.</param>
    /// <param name="cancel">Stops; the account can be asked again.</param>
    public async Task<T> AskAsync<T>(LeaseKey lease, uint tasklet, DisputedRun run, Func<IRunAccount, CancellationToken, T> ask, CancellationToken cancel)
    {
        await _thinking.WaitAsync(cancel);
        try
        {
            var shelved = Take((lease, tasklet), run);
            try
            {
                return await Task.Run(() => ask(shelved.Account, cancel), cancel);
            }
            finally
            {
                lock (_lock) shelved.Users--;
            }
        }
        finally
        {
            _thinking.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var shelved in _shelf.Values) shelved.Account.Dispose();
            _shelf.Clear();
        }

        _thinking.Dispose();
    }

    private Shelved Take((LeaseKey, uint) key, DisputedRun run)
    {
        lock (_lock)
        {
            if (!_shelf.TryGetValue(key, out var shelved))
            {
                foreach (var (old, unused) in _shelf.Where(s => s.Value.Users == 0).OrderBy(s => s.Value.Used).Take(_shelf.Count - most + 1).ToList())
                {
                    unused.Account.Dispose();
                    _shelf.Remove(old);
                }

                _shelf[key] = shelved = new Shelved(make(run));
            }

            shelved.Users++;
            shelved.Used = ++_clock;
            return shelved;
        }
    }

    private sealed class Shelved(IRunAccount account)
    {
        public IRunAccount Account => account;

        public int Users { get; set; }

        public long Used { get; set; }
    }
}
