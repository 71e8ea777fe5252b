using Market.Blobs;
using Market.Domain.Leases;
using Market.Domain.Results;
using Market.Hashing;

namespace Market.Node.Storage;

/// <summary>
/// Keeps what open leases need from being evicted, whatever time passes: module, manifest and inputs, outputs and result
/// list, until the chain says that the lease is over. The journal knows all of them, so that a restart has the pins before
/// anything is evicted.
/// </summary>
internal sealed class LeasePins
{
    private readonly BlobStore _blobs;
    private readonly Journal _journal;
    private readonly Lock _lock = new();
    private readonly Dictionary<LeaseKey, HashSet<BlobName>> _pins = [];

    /// <summary>Pins everything that the journal's open leases need.</summary>
    public LeasePins(BlobStore blobs, Journal journal)
    {
        (_blobs, _journal) = (blobs, journal);
        foreach (var record in journal.Leases())
        {
            if (record.IsOver)
            {
                journal.DropInputs(record.Key);
                continue;
            }

            Pin(record.Key, journal.Inputs(record.Key));
            Pin(record.Key, journal.Results(record.Key).Values.Select(r => r.Output));
            if (record.Root is { } root) Pin(record.Key, [ResultList.NameOf(root, record.Lease.Count)]);
        }
    }

    /// <summary>Pins what a lease's tasklets read; the journal remembers it.</summary>
    public void PinInputs(LeaseKey lease, IReadOnlyCollection<BlobName> names)
    {
        _journal.SaveInputs(lease, names);
        Pin(lease, names);
    }

    /// <summary>Pins what a lease produced, which the journal knows from its results.</summary>
    public void Pin(LeaseKey lease, IEnumerable<BlobName> names)
    {
        lock (_lock)
        {
            if (!_pins.TryGetValue(lease, out var pinned)) _pins[lease] = pinned = [];
            _blobs.Pin([.. names.Where(pinned.Add)]);
        }
    }

    /// <summary>Gives a lease's blobs free, for it is over.</summary>
    public void Release(LeaseKey lease)
    {
        lock (_lock)
        {
            if (_pins.Remove(lease, out var pinned)) _blobs.Unpin(pinned);
        }

        _journal.DropInputs(lease);
    }
}
