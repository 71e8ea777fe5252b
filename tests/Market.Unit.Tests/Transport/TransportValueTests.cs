using Market.Domain.Identity;
using Market.Ethereum.TypedData;
using Market.Hashing;
using Market.Transport.Attestation;
using Market.Transport.Peers;
using Market.Transport.Serving;
using Market.Unit.Tests.Blobs;

namespace Market.Unit.Tests.Transport;

public sealed class TransportValueTests
{
    private static readonly CapabilityStatement Statement = new(
        new DeviceId(3), new ClassKey(RuntimeKind.Wasm, AttestationLevel.Benchmarked), 900, 512, 4,
        Keccak256.Hash([1]), new UnixTime(1_800_000_000), new UnixTime(1_800_086_400));

    [Fact]
    public void Statement_Travels_AndComesBackEqual() => Assert.Equal(Statement, CapabilityStatement.Read(Statement.ToWire()));

    [Fact]
    public void Statement_FieldThatDoesNotFit_IsNotRead()
    {
        var wire = Statement.ToWire();
        wire.Lanes = 70_000;
        Assert.Null(CapabilityStatement.Read(wire));
        wire = Statement.ToWire();
        wire.ExpiresAt = 1UL << 40;
        Assert.Null(CapabilityStatement.Read(wire));
        Assert.Null(CapabilityStatement.Read(null));
    }

    [Fact]
    public void Statement_Digest_IsTheOneThatWalletsComputeFromTheRegistrysTypes()
    {
        var registry = new Address(Enumerable.Range(1, 20).Select(i => (byte)i).ToArray());
        var json = $$"""
            {
              "types": {
                "EIP712Domain": [
                  {"name": "name", "type": "string"}, {"name": "version", "type": "string"},
                  {"name": "chainId", "type": "uint256"}, {"name": "verifyingContract", "type": "address"}
                ],
                "Statement": [
                  {"name": "device", "type": "uint32"}, {"name": "classKey", "type": "uint32"},
                  {"name": "scorePerLane", "type": "uint16"}, {"name": "memoryMiB", "type": "uint16"}, {"name": "lanes", "type": "uint16"},
                  {"name": "seed", "type": "bytes32"}, {"name": "issuedAt", "type": "uint40"}, {"name": "expiresAt", "type": "uint40"}
                ]
              },
              "primaryType": "Statement",
              "domain": {"name": "CapabilityRegistry", "version": "1", "chainId": 31907, "verifyingContract": "{{registry}}"},
              "message": {
                "device": 3, "classKey": 17825792, "scorePerLane": 900, "memoryMiB": 512, "lanes": 4,
                "seed": "{{Statement.Seed}}", "issuedAt": 1800000000, "expiresAt": 1800086400
              }
            }
            """;

        Assert.Equal(TypedDataJson.Parse(json).Hash(), Statement.Digest(31_907, registry));
    }

    [Theory]
    [InlineData("https://node.example:7443", true)]
    [InlineData("https://127.0.0.1:7443/", true)]
    [InlineData("https://[::1]:7443", true)]
    [InlineData("http://node.example:7443", false)]
    [InlineData("https://user:pass@node.example:7443", false)]
    [InlineData("https://node.example:7443/path", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("", false)]
    public void PeerTable_TakesOnlyWhatCanBeCalled(string endpoint, bool callable) =>
        Assert.Equal(callable, PeerTable.TryMake(new DeviceId(1), endpoint, Keccak256.Hash([1]), default, out _));

    [Fact]
    public void PeerTable_FollowsItsEvents()
    {
        var table = new PeerTable();
        Assert.True(PeerTable.TryMake(new DeviceId(1), "https://a:1", Keccak256.Hash([1]), TestNode.KeyOf(1).Address, out var peer));
        table.Set(peer!);
        table.Set(peer! with { Uri = new Uri("https://b:2") });

        Assert.Equal("https://b:2/", Assert.Single(table.All).Uri.ToString());
        Assert.True(table.IsOperator(TestNode.KeyOf(1).Address));
        table.Remove(new DeviceId(1));
        Assert.Null(table.Find(new DeviceId(1)));
    }

    [Fact]
    public void Certificate_AfterARestart_HasTheSameKeyAndItsFileIsTheOwnersAlone()
    {
        using var directory = new TempDirectory();
        var path = Path.Combine(directory.Path, "tls.pem");

        using var first = TransportCertificate.LoadOrCreate(path, TimeProvider.System);
        using var second = TransportCertificate.LoadOrCreate(path, TimeProvider.System);

        Assert.Equal(TransportCertificate.KeyOf(first), TransportCertificate.KeyOf(second));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public void Options_ThatAreWrong_ListEveryFault()
    {
        var faults = new TransportOptions { CallsAtOnce = 0, MaxMessageBytes = 1, MaxKeep = TimeSpan.Zero }.Validate();

        Assert.Equal(3, faults.Count);
        Assert.Empty(new TransportOptions().Validate());
    }
}
