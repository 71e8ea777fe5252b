using Market.Domain.Results;
using Market.Sandbox;

namespace Market.Unit.Tests.Sandbox;

public sealed class HostileModuleTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>
{
    [Fact]
    public async Task Run_EndlessWithoutMeter_IsGivenUpAndTheNextRunWorks()
    {
        var outcome = await sandbox.RunAsync(CanonicalModules.Unmetered, SandboxFixture.Ample with { WallClock = TimeSpan.FromMilliseconds(200) });

        Assert.Equal(GiveUpReason.WallClock, Assert.IsType<RunOutcome.GaveUp>(outcome).Reason);
        Assert.IsType<RunOutcome.Halted>(await sandbox.RunAsync(CanonicalModules.Echo));
    }

    [Fact]
    public async Task Run_NativeStackOverflow_IsNeverAResult()
    {
        var outcome = await sandbox.RunAsync(CanonicalModules.DeepRecursion);

        Assert.Equal(GiveUpReason.NativeStack, Assert.IsType<RunOutcome.GaveUp>(outcome).Reason);
    }

    [Fact]
    public async Task Run_RecursionAsDeepAsTheGuardAllows_FitsTheNativeStack()
    {
        // 2^17 slots of at least one operand each: no canonical module calls deeper than this.
        const int Depth = 1 << 17;
        var module = CanonicalModules.Make($"(drop (call $down (i32.const {Depth})))",
            """
            (func $down (param i32) (result i32)
              (if (result i32) (local.get 0)
                (then (i32.add (call $down (i32.sub (local.get 0) (i32.const 1))) (i32.const 1)))
                (else (i32.const 0))))
            """);

        var outcome = await sandbox.RunAsync(module);

        Assert.Equal(TaskletStatus.Exited, Assert.IsType<RunOutcome.Halted>(outcome).Status);
    }

    [Fact]
    public async Task Run_OutputFlood_TrapsWithWhatFitted()
    {
        var outcome = await sandbox.RunAsync(CanonicalModules.OutputFlood, SandboxFixture.Ample with { OutputBytes = 100_000 });

        var halted = Assert.IsType<RunOutcome.Halted>(outcome);
        Assert.Equal(TrapKind.OutputLimit, halted.Trap);
        Assert.Equal(65_536, halted.Output.Length);
    }

    [Fact]
    public async Task Run_Cancelled_ThrowsAndTheNextRunWorks()
    {
        using var cancel = new CancellationTokenSource();
        var module = await SandboxFixture.PrepareAsync(sandbox.Runtime, CanonicalModules.Unmetered);

        var run = sandbox.Runtime.RunAsync(new TaskletRun(module, default, default, SandboxFixture.Ample), cancel.Token);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.IsType<RunOutcome.Halted>(await sandbox.RunAsync(CanonicalModules.Echo));
    }

    [Theory]
    [InlineData("not wasm at all", "not valid")]
    [InlineData("", "not valid")]
    public async Task Prepare_Garbage_IsRefused(string text, string expected)
    {
        var garbage = System.Text.Encoding.ASCII.GetBytes(text);

        var preparation = await sandbox.Runtime.PrepareCanonicalAsync(default, garbage, SandboxFixture.Token);

        Assert.Contains(expected, Assert.IsType<Preparation.Refused>(preparation).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(module)")]
    [InlineData("""(module (import "wasi_snapshot_preview1" "fd_write" (func)) (memory (export "memory") 1) (global (export "fuel") (mut i64) (i64.const 0)) (func (export "_run")))""")]
    [InlineData("""(module (import "market" "in_len" (func (result i64))) (memory (export "memory") 1) (global (export "fuel") (mut i64) (i64.const 0)) (func (export "_run")))""")]
    [InlineData("""(module (memory (export "memory") 1) (global (export "fuel") i64 (i64.const 0)) (func (export "_run")))""")]
    [InlineData("""(module (memory (export "memory") 1) (global (export "fuel") (mut i64) (i64.const 0)) (func (export "_run") (param i32)))""")]
    [InlineData("""(module (memory (export "memory") 1) (global (export "fuel") (mut i64) (i64.const 0)) (func (export "_run")) (func (export "more")))""")]
    public async Task Prepare_AnotherShape_IsRefused(string wat)
    {
        var module = Wasmtime.Module.ConvertText(wat);

        var preparation = await sandbox.Runtime.PrepareCanonicalAsync(default, module, SandboxFixture.Token);

        Assert.IsType<Preparation.Refused>(preparation);
    }

    [Fact]
    public async Task Prepare_HugeModule_IsRefused()
    {
        var module = new byte[(32 << 20) + 1];

        var preparation = await sandbox.Runtime.PrepareCanonicalAsync(default, module, SandboxFixture.Token);

        Assert.IsType<Preparation.Refused>(preparation);
    }

    [Fact]
    public async Task Prepare_ConsumersGarbage_IsRefusedWithTheOffset()
    {
        var preparation = await sandbox.Runtime.PrepareAsync(default, new byte[] { 0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 0xff }, SandboxFixture.Token);

        Assert.Contains("at byte 0x", Assert.IsType<Preparation.Refused>(preparation).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prepare_SameModuleByManyAtOnce_ComesOutReadyForAll()
    {
        var module = CanonicalModules.Make("(drop (i32.const 77))");

        var preparations = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => sandbox.Runtime.PrepareCanonicalAsync(default, module, SandboxFixture.Token)));

        Assert.All(preparations, preparation => Assert.IsType<Preparation.Ready>(preparation));
    }

    [Fact]
    public async Task Prepare_ProposalThatCanonicalModulesLack_IsRefused()
    {
        var module = CanonicalModules.Make("(drop (i8x16.extract_lane_u 0 (v128.const i64x2 1 2)))");

        var preparation = await sandbox.Runtime.PrepareCanonicalAsync(default, module, SandboxFixture.Token);

        Assert.IsType<Preparation.Refused>(preparation);
    }
}
