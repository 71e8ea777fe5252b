using Market.Blobs;
using Market.Domain.Results;
using Market.Node.Chain;
using Market.Node.Hosting;
using Market.Node.Storage;

namespace Market.FaultyNode;

/// <summary>Throws a lease's results away once they are committed.</summary>
internal sealed class VanishingService(Journal journal, LeasePins pins, BlobStore blobs, ChainHead head, TimeProvider time, ILogger<VanishingService> logger)
    : ReconcilingService(head, time, logger)
{
    protected override Task ReconcileAsync(Head now, CancellationToken cancel)
    {
        foreach (var record in journal.Leases().Where(r => r is { Stage: LeaseStage.Committed, Root: not null }))
        {
            pins.Release(record.Key);
            foreach (var result in journal.Results(record.Key).Values) blobs.Delete(result.Output);
            blobs.Delete(ResultList.NameOf(record.Root!.Value, record.Lease.Count));
        }

        return Task.CompletedTask;
    }
}
