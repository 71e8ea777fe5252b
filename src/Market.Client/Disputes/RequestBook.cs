using System.Collections.Concurrent;
using System.Numerics;
using Market.Chain.Contracts;
using Market.Chain.Generated.DisputeGame;
using Market.Domain.Leases;
using Market.Ethereum.Abi;
using Market.Ethereum.Rpc;
using Market.Hashing;

namespace Market.Client.Disputes;

/// <summary>
/// What was shown to the judge, read from its events: from the block of the deployment on, the newest blocks again at every look. Where a
/// request stands is asked of the judge, so that no reorganisation leaves one behind that is not there.
/// </summary>
public sealed class RequestBook(EthereumClient client, Address judge, ulong deployedIn)
{
    private const ulong Again = 64;
    private const ulong Range = 10_000;
    private static readonly AbiEventSet Events = new AbiEventSet().Add<PieceShownEvent>();

    private readonly ContractReader _reader = new(client, judge);
    private readonly ConcurrentDictionary<BigInteger, PieceShownEvent> _shown = new();
    private ulong _from;
    private ulong _to; // the block behind the last that was read; 0 before the first

    /// <summary>Reads the events up to a block. Safe side by side: what is read twice is the same.</summary>
    public async Task CatchUpAsync(ulong head, CancellationToken cancel)
    {
        if (Interlocked.Read(ref _to) == head + 1) return;
        for (var from = Math.Max(Interlocked.Read(ref _from), deployedIn); from <= head; from += Range)
        {
            foreach (var log in await client.LogsAsync(new LogFilter(from, Math.Min(head, from + Range - 1), [judge], [.. Events.Topics]), cancel))
            {
                if (Events.TryDecode(log.Topics, log.Data.Memory, out var message) && message is PieceShownEvent shown) _shown[shown.Id] = shown;
            }
        }

        Interlocked.Exchange(ref _to, head + 1);
        Interlocked.Exchange(ref _from, head > Again ? head - Again : 0);
    }

    /// <summary>What was shown of a lease; null if nothing was, as far as the events were read.</summary>
    public PieceShownEvent? Shown(LeaseKey lease, RequestTuple what) => _shown.GetValueOrDefault(IdOf(lease, what));

    /// <summary>Where a request stands now.</summary>
    public Task<RequestOfResult> StateAsync(LeaseKey lease, RequestTuple what, CancellationToken cancel) =>
        _reader.ReadAsync<RequestOfFunction, RequestOfResult>(new(IdOf(lease, what)), cancel);

    /// <summary>As requestIdOf in the contract.</summary>
    private static BigInteger IdOf(LeaseKey lease, RequestTuple what) =>
        new(Keccak256.Hash(AbiCodec.EncodeArguments(new RequestIdOfFunction(lease.Value, what))).ToArray(), isUnsigned: true, isBigEndian: true);
}
