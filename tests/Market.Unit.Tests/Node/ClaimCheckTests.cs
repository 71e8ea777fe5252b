using System.Security.Cryptography;
using Market.Domain.Identity;
using Market.Hashing;
using Market.Node.Attestation;
using Market.Transport.Attestation;
using Market.Unit.Tests.Blobs;

namespace Market.Unit.Tests.Node;

/// <summary>What an attester signs, and what a cheating subject tries.</summary>
public sealed class ClaimCheckTests
{
    private const uint MaxLifetime = 1_000;
    private static readonly UnixTime Now = new(1_000_000);
    private static readonly DeviceId Subject = new(4);
    private static readonly Hash256 Ours = Hash256.Parse(new string('1', 64));
    private static readonly Hash256 Theirs = Hash256.Parse(new string('2', 64));
    private static readonly Hash256[] Shares = [Theirs, Ours];
    private static readonly TimeSpan Elapsed = TimeSpan.FromSeconds(1);
    private static readonly Challenge Challenge = new(Hash256.Parse(new string('3', 64)), Ours, Subject, 0, default);

    // 500 Mfuel in one second on the slower of two lanes.
    private static readonly LaneResult[] Lanes = [new(new byte[32], 600_000_000), new(new byte[32], 500_000_000)];

    private static readonly CapabilityStatement Honest = new(
        Subject, new ClassKey(RuntimeKind.Wasm, AttestationLevel.Benchmarked), 500, 512, 2, CapabilityStatement.SeedOf(Shares), Now, Now.Plus(MaxLifetime));

    [Fact]
    public void FindFault_HonestClaim_IsSigned() => Assert.Null(Find(Honest));

    public static TheoryData<string, CapabilityStatement> Lies => new()
    {
        { "cannot be", Honest with { ScorePerLane = 501 } },
        { "another device", Honest with { Device = new DeviceId(5) } },
        { "shows nothing", Honest with { ClassKey = new ClassKey(RuntimeKind.Wasm, AttestationLevel.Tee) } },
        { "shows nothing", Honest with { ClassKey = new ClassKey(RuntimeKind.Native, AttestationLevel.Benchmarked) } },
        { "each lane", Honest with { Lanes = 3 } },
        { "each lane", Honest with { Lanes = 0 } },
        { "nothing is claimed", Honest with { ScorePerLane = 0 } },
        { "not made of the shares", Honest with { Seed = Theirs } },
        { "another time", Honest with { IssuedAt = Now.Plus(3600), ExpiresAt = Now.Plus(3601) } },
        { "too long", Honest with { ExpiresAt = Now.Plus(MaxLifetime + 1) } },
        { "too long", Honest with { ExpiresAt = Now } },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public void FindFault_Lie_IsNamed(string fault, CapabilityStatement lie) => Assert.Contains(fault, Find(lie), StringComparison.Ordinal);

    [Fact]
    public void FindFault_WithoutOurShare_IsRefused()
    {
        Hash256[] others = [Theirs];

        var fault = ClaimCheck.FindFault(Challenge, others, Honest with { Seed = CapabilityStatement.SeedOf(others) }, Lanes, Elapsed, Now, MaxLifetime);

        Assert.Contains("our share", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void FindFault_SlowerThanClaimed_IsRefused() => Assert.NotNull(Find(Honest, TimeSpan.FromSeconds(1.01)));

    [Fact]
    public void FindFault_ShortOutput_IsRefused() =>
        Assert.NotNull(ClaimCheck.FindFault(Challenge, Shares, Honest, [Lanes[0], new(new byte[31], 500_000_000)], Elapsed, Now, MaxLifetime));

    [Fact]
    public void Take_ServesOnceAndOnlyItsSubject()
    {
        using var random = RandomNumberGenerator.Create();
        var book = new ChallengeBook(new ManualTime(DateTimeOffset.UnixEpoch), random);
        var challenge = book.Begin(Subject)!;

        Assert.Null(book.Take(challenge.Id, new DeviceId(5)));
        Assert.Equal(challenge, book.Take(challenge.Id, Subject));
        Assert.Null(book.Take(challenge.Id, Subject));
    }

    [Fact]
    public void Take_TooLate_IsRefused()
    {
        using var random = RandomNumberGenerator.Create();
        var time = new ManualTime(DateTimeOffset.UnixEpoch);
        var book = new ChallengeBook(time, random);
        var challenge = book.Begin(Subject)!;

        time.Advance(ChallengeBook.Life);

        Assert.Null(book.Take(challenge.Id, Subject));
    }

    [Fact]
    public void Begin_IsBounded()
    {
        using var random = RandomNumberGenerator.Create();
        var book = new ChallengeBook(new ManualTime(DateTimeOffset.UnixEpoch), random);
        for (var i = 1u; i <= ChallengeBook.Capacity; i++) Assert.NotNull(book.Begin(new DeviceId(i)));

        Assert.Null(book.Begin(new DeviceId(ChallengeBook.Capacity + 1)));
        Assert.NotNull(book.Begin(new DeviceId(1)));
    }

    private static string? Find(CapabilityStatement statement, TimeSpan? elapsed = null) =>
        ClaimCheck.FindFault(Challenge, Shares, statement, Lanes, elapsed ?? Elapsed, Now, MaxLifetime);
}
