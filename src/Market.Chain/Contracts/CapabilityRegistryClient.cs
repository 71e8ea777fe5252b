using Market.Chain.Generated.CapabilityRegistry;
using Market.Chain.Transactions;
using Market.Domain.Identity;
using Market.Ethereum;
using Market.Ethereum.Rpc;
using Market.Ethereum.Signing;
using Market.Ethereum.TypedData;
using Market.Hashing;

namespace Market.Chain.Contracts;

/// <summary>The registry of attested capabilities.</summary>
public sealed class CapabilityRegistryClient(EthereumClient client, Address address, ulong chainId)
{
    private static readonly TypedSchema Schema = new(
    [
        new("Statement",
        [
            new("device", "uint32"),
            new("classKey", "uint32"),
            new("scorePerLane", "uint16"),
            new("memoryMiB", "uint16"),
            new("lanes", "uint16"),
            new("seed", "bytes32"),
            new("issuedAt", "uint40"),
            new("expiresAt", "uint40"),
        ]),
    ]);

    private readonly ContractReader _reader = new(client, address);
    private readonly Hash256 _domain = new TypedDataDomain("CapabilityRegistry", "1", chainId, address).Separator();

    /// <summary>The contract.</summary>
    public Address Address => address;

    /// <summary>Signatures that a statement needs.</summary>
    public Task<byte> ThresholdAsync(CancellationToken cancel) => _reader.ReadAsync<ThresholdFunction, byte>(new(), cancel);

    /// <summary>Longest life of a statement in seconds.</summary>
    public Task<uint> MaxLifetimeAsync(CancellationToken cancel) => _reader.ReadAsync<MaxLifetimeFunction, uint>(new(), cancel);

    /// <summary>Highest level that attesters may give.</summary>
    public Task<byte> MaxLevelAsync(CancellationToken cancel) => _reader.ReadAsync<MaxLevelFunction, byte>(new(), cancel);

    /// <summary>When the newest statement on a device was issued; zero if there is none.</summary>
    public async Task<UnixTime> IssuedAtAsync(DeviceId device, CancellationToken cancel) =>
        new(await _reader.ReadAsync<IssuedAtFunction, ulong>(new(device.Value), cancel));

    /// <summary>The contract's own digest of a statement.</summary>
    public Task<Hash256> DigestOfAsync(StatementTuple statement, CancellationToken cancel) =>
        _reader.ReadAsync<DigestOfFunction, Hash256>(new(statement), cancel);

    /// <summary>The EIP-712 digest that attesters sign.</summary>
    public Hash256 Digest(StatementTuple statement) => new TypedMessage(_domain, Schema.HashStruct("Statement", new Dictionary<string, object>
    {
        ["device"] = statement.Device,
        ["classKey"] = statement.ClassKey,
        ["scorePerLane"] = statement.ScorePerLane,
        ["memoryMiB"] = statement.MemoryMiB,
        ["lanes"] = statement.Lanes,
        ["seed"] = statement.Seed,
        ["issuedAt"] = statement.IssuedAt,
        ["expiresAt"] = statement.ExpiresAt,
    })).Hash();

    /// <summary>Signs a statement as the operator of the device <paramref name="attester"/>.</summary>
    public SignatureTuple Sign(EthereumKey key, DeviceId attester, StatementTuple statement) =>
        new(attester.Value, HexBytes.Wrap(key.Sign(Digest(statement)).ToArray()));

    /// <summary>Operator: declares what its device is, at level 0.</summary>
    public Task<SendOutcome> DeclareAsync(TransactionSender sender, DeclareFunction declaration, CancellationToken cancel) =>
        sender.SendAsync(address, declaration, cancel);

    /// <summary>The subject's operator: hands in attesters' signatures, in any order.</summary>
    public Task<SendOutcome> AttestAsync(TransactionSender sender, StatementTuple statement, IEnumerable<SignatureTuple> signatures, CancellationToken cancel) =>
        sender.SendAsync(address, new AttestFunction(statement, [.. signatures.OrderBy(s => s.Attester)]), cancel);
}
