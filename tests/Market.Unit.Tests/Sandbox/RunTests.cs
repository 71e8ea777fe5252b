using Market.Domain.Results;
using Market.Hashing;
using Market.Sandbox;

namespace Market.Unit.Tests.Sandbox;

public sealed class RunTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>
{
    [Fact]
    public async Task Run_EchoModule_ReturnsFrameAndStdinAndExactFuel()
    {
        var stdin = new byte[70_000];
        stdin.AsSpan().Fill(0x5a);

        var outcome = await sandbox.RunAsync(CanonicalModules.Echo, stdin: stdin);

        var halted = Assert.IsType<RunOutcome.Halted>(outcome);
        Assert.Equal(TaskletStatus.Exited, halted.Status);
        Assert.Equal(0u, halted.ExitCode);
        Assert.Equal(5ul, halted.FuelUsed);
        Assert.Equal([.. new byte[128], .. stdin], halted.Output.ToArray());
        Assert.Equal(BlobName.Of(halted.Output.Span), halted.ToResult().Output);
    }

    [Fact]
    public async Task Run_ExitCall_CarriesTheCodeAndTheOutputBefore()
    {
        var outcome = await sandbox.RunAsync(CanonicalModules.ExitSeven);

        var halted = Assert.IsType<RunOutcome.Halted>(outcome);
        Assert.Equal((TaskletStatus.Exited, 7u, TrapKind.None), (halted.Status, halted.ExitCode, halted.Trap));
        Assert.Equal("!"u8.ToArray(), halted.Output.ToArray());
    }

    [Fact]
    public async Task Run_EndlessLoop_TrapsOutOfFuelAtTheLimit()
    {
        var outcome = await sandbox.RunAsync(CanonicalModules.EndlessLoop, SandboxFixture.Ample with { Fuel = 300_000_000 });

        var halted = Assert.IsType<RunOutcome.Halted>(outcome);
        Assert.Equal((TaskletStatus.Trapped, TrapKind.OutOfFuel, 300_000_000ul), (halted.Status, halted.Trap, halted.FuelUsed));
    }

    [Fact]
    public async Task Run_GrowingMemory_StopsAtThePageLimitExactly()
    {
        var outcome = await sandbox.RunAsync(CanonicalModules.MemoryHog, SandboxFixture.Ample with { MemoryPages = 200 });

        Assert.Equal(200, BitConverter.ToInt32(Assert.IsType<RunOutcome.Halted>(outcome).Output.Span));
    }

    [Theory]
    [InlineData("(call $in_read (i32.const 0) (i32.const 100) (i32.const 29))", TrapKind.InputBounds)]
    [InlineData("(call $in_read (i32.const 0) (i32.const -1) (i32.const 0))", TrapKind.InputBounds)]
    [InlineData("(call $in_read (i32.const 65436) (i32.const 0) (i32.const 101))", TrapKind.InputBounds)]
    [InlineData("(call $out_write (i32.const 65536) (i32.const 1))", TrapKind.OutputBounds)]
    [InlineData("(call $out_write (i32.const 0) (i32.const -1))", TrapKind.OutputBounds)]
    [InlineData("(call $out_write (i32.const 0) (i32.const 65))", TrapKind.OutputLimit)]
    [InlineData("(drop (i32.load (i32.const 65533)))", TrapKind.MemoryBounds)]
    [InlineData("(drop (i32.div_u (i32.const 1) (call $in_len)) (drop (i32.div_u (i32.const 1) (i32.const 0))))", TrapKind.DivisionByZero)]
    [InlineData("(drop (i32.trunc_f64_s (f64.div (f64.const 0) (f64.const 0))))", TrapKind.BadConversion)]
    [InlineData("unreachable", TrapKind.Unreachable)]
    public async Task Run_TrappingModule_IsATrapOfThatKind(string body, TrapKind expected)
    {
        var outcome = await sandbox.RunAsync(CanonicalModules.Make(body), SandboxFixture.Ample with { OutputBytes = 64 });

        var halted = Assert.IsType<RunOutcome.Halted>(outcome);
        Assert.Equal((TaskletStatus.Trapped, expected, 0u), (halted.Status, halted.Trap, halted.ExitCode));
        Assert.Empty(halted.Output.ToArray());
    }

    [Theory]
    [InlineData("(call $in_read (i32.const 65536) (i32.const 128) (i32.const 0))")]
    [InlineData("(call $out_write (i32.const 65536) (i32.const 0))")]
    [InlineData("(call $out_write (i32.const 0) (i32.const 64))")]
    public async Task Run_AccessThatJustFits_Exits(string body)
    {
        var outcome = await sandbox.RunAsync(CanonicalModules.Make(body), SandboxFixture.Ample with { OutputBytes = 64 });

        Assert.Equal(TaskletStatus.Exited, Assert.IsType<RunOutcome.Halted>(outcome).Status);
    }

    [Fact]
    public async Task Run_MoreInitialMemoryThanTheLimit_IsRefused()
    {
        var outcome = await sandbox.RunAsync(CanonicalModules.Make("", pages: 3), SandboxFixture.Ample with { MemoryPages = 2 });

        Assert.Contains("3 pages", Assert.IsType<RunOutcome.Refused>(outcome).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_SixteenAtOnce_AllAnswerAlike()
    {
        var runs = Enumerable.Range(0, 16).Select(i => sandbox.RunAsync(CanonicalModules.Echo, stdin: [(byte)i]));

        var outcomes = await Task.WhenAll(runs);

        Assert.All(outcomes, (outcome, i) => Assert.Equal((byte)i, Assert.IsType<RunOutcome.Halted>(outcome).Output.Span[128]));
    }
}
