using Market.Chain.Generated.ComputeMarket;
using Market.Domain.Identity;
using Market.Node.Attestation;

namespace Market.Unit.Tests.Node;

public sealed class CapabilityPlannerTests
{
    private const uint Lifetime = 3_000;
    private static readonly UnixTime Now = new(1_000_000);
    private static readonly ClassKey Declared = new(RuntimeKind.Wasm, AttestationLevel.SelfDeclared);
    private static readonly ClassKey Attested = new(RuntimeKind.Wasm, AttestationLevel.Benchmarked);

    private static readonly CapabilityTuple Unknown = new(0, 0, 0, 0, 0);

    [Fact]
    public void Unknown_IsDeclared_ThenAttested_ThenLeft()
    {
        Assert.Equal(CapabilityStep.Declare, Next(Unknown));
        Assert.Equal(CapabilityStep.Attest, Next(Known(Declared)));
        Assert.Equal(CapabilityStep.None, Next(Known(Attested)));
    }

    [Fact]
    public void ADeviceThatWantsNoMore_StaysDeclared()
    {
        Assert.Equal(CapabilityStep.Declare, Next(Unknown, wish: Declared));
        Assert.Equal(CapabilityStep.None, Next(Known(Declared), wish: Declared));
        Assert.Equal(CapabilityStep.Declare, Next(Known(Declared, left: Lifetime / 3), wish: Declared));
    }

    [Theory]
    [InlineData((Lifetime / 3) + 1, CapabilityStep.None)]
    [InlineData(Lifetime / 3, CapabilityStep.Attest)]
    [InlineData(1u, CapabilityStep.Attest)]
    [InlineData(0u, CapabilityStep.Declare)]
    public void WhatEndsSoon_IsRenewed_WithoutLosingTheLevel(uint left, object step) => Assert.Equal(step, Next(Known(Attested, left)));

    [Fact]
    public void OtherLanesOrMemory_AreAttestedAnew_AndDeclaredWhereThereIsNoLevelToLose()
    {
        Assert.Equal(CapabilityStep.Attest, Next(Known(Attested) with { Lanes = 2 }));
        Assert.Equal(CapabilityStep.Attest, Next(Known(Attested) with { MemoryMiB = 64 }));
        Assert.Equal(CapabilityStep.Declare, Next(Known(Declared) with { Lanes = 2 }));
    }

    [Theory]
    [InlineData(300, CapabilityStep.None)]
    [InlineData(301, CapabilityStep.Attest)]
    public void AScoreThatWasMeasuredAtABadMoment_IsMeasuredAgain(ushort least, object step) => Assert.Equal(step, Next(Known(Attested), least: least));

    private static CapabilityStep Next(CapabilityTuple current, ClassKey? wish = null, ushort least = 0) =>
        CapabilityPlanner.Next(current, wish ?? Attested, 4, 256, Lifetime, least, Now);

    private static CapabilityTuple Known(ClassKey known, uint left = Lifetime) => new(known.Packed, 300, 256, 4, Now.Plus(left).Seconds);
}
