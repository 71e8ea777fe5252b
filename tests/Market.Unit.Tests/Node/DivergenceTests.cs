using System.Security.Cryptography;
using Market.Blobs;
using Market.Client.Providers;
using Market.Domain.Identity;
using Market.Domain.Results;
using Market.Hashing;
using Market.Node.Checking;
using Market.Node.Hosting;
using Market.Node.Leases;
using Market.Node.Storage;
using Market.Sandbox;
using Market.Unit.Tests.Blobs;
using Market.Unit.Tests.Sandbox;
using Microsoft.Extensions.Logging.Abstractions;

namespace Market.Unit.Tests.Node;

/// <summary>
/// An engine that errs must not cost an honest provider its bond: it runs again on the step machine, or hands the lease back.
/// A killed worker and a broken artefact are in WorkerFaultTests.
/// </summary>
public sealed class DivergenceTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>, IDisposable
{
    private static readonly RunLimits Limits = new(50_000_000, 16, 1 << 16, TimeSpan.FromSeconds(30));
    private readonly TempDirectory _temp = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // Echoes 16 bytes and counts a little.
    private static byte[] Wasm { get; } = Wasmtime.Module.ConvertText(
        """
        (module
          (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (func (export "_start") (local $i i32)
            (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 16))
            (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
            (loop $again (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000))))
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12)))))
        """);

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task TheEnginesStackOverflows_TheStepMachineRunsTheTasklet()
    {
        var (run, honest) = await RunAsync(sandbox.Runtime);
        var careful = new CarefulRuntime(new BrokenEngine(sandbox.Runtime, _ => new RunOutcome.GaveUp(GiveUpReason.NativeStack, "forced")), new MachineRunner(), NullLogger<CarefulRuntime>.Instance);
        await careful.PrepareAsync(run.Module.Name, Wasm, Cancel);

        var outcome = await careful.RunAsync(run, Cancel);

        var halted = Assert.IsType<RunOutcome.Halted>(outcome);
        Assert.Equal(honest.ToResult(), halted.ToResult());
        Assert.Equal(honest.Output.ToArray(), halted.Output.ToArray());
    }

    [Fact]
    public async Task AnyOtherGivingUp_IsNoResult()
    {
        var (run, _) = await RunAsync(sandbox.Runtime);
        var careful = new CarefulRuntime(new BrokenEngine(sandbox.Runtime, _ => new RunOutcome.GaveUp(GiveUpReason.WorkerLost, "killed")), new MachineRunner(), NullLogger<CarefulRuntime>.Instance);
        await careful.PrepareAsync(run.Module.Name, Wasm, Cancel);

        Assert.Equal(GiveUpReason.WorkerLost, Assert.IsType<RunOutcome.GaveUp>(await careful.RunAsync(run, Cancel)).Reason);
    }

    [Fact]
    public async Task AnEngineThatErrs_IsFoundBeforeTheFirstCommitment_AndTheModuleNotRunAgain()
    {
        var (run, honest) = await RunAsync(sandbox.Runtime);
        using var journal = new Journal(Path.Combine(_temp.Path, "journal.db"), TimeProvider.System);
        var (check, input) = await CheckAsync(journal, run);
        var wrong = honest.ToResult() with { FuelUsed = honest.FuelUsed + 1 };

        var doubt = await check.DoubtAsync(run.Module.Name, [input], [wrong], 7, Limits, TimeSpan.FromSeconds(1), new UnixTime(1_000), new UnixTime(900), Cancel);

        Assert.Contains("tasklet 7", doubt, StringComparison.Ordinal);
        Assert.True(check.IsDistrusted(run.Module.Name));
    }

    [Fact]
    public async Task AnEngineThatIsRight_IsBelievedFromThenOn()
    {
        var (run, honest) = await RunAsync(sandbox.Runtime);
        using var journal = new Journal(Path.Combine(_temp.Path, "journal.db"), TimeProvider.System);
        var (check, input) = await CheckAsync(journal, run);

        Assert.Null(await check.DoubtAsync(run.Module.Name, [input, input], [honest.ToResult(), honest.ToResult()], 0, Limits, TimeSpan.FromSeconds(1), new UnixTime(1_000), new UnixTime(900), Cancel));

        Assert.Equal(ModuleTrust.Trusted, journal.TrustIn(run.Module.Name));
        Assert.False(check.IsDistrusted(run.Module.Name));
    }

    [Fact]
    public async Task OfATaskletTooLongForTheTimeLeft_OnlyTheBeginningIsLookedAt()
    {
        var (run, honest) = await RunAsync(sandbox.Runtime);
        using var journal = new Journal(Path.Combine(_temp.Path, "journal.db"), TimeProvider.System);
        var (check, input) = await CheckAsync(journal, run);

        // In a second the machine gets 37,500,000 fuel; this run claims to have used more, and ends long before.
        var doubt = await check.DoubtAsync(run.Module.Name, [input], [honest.ToResult() with { FuelUsed = 49_000_000 }], 3, Limits, TimeSpan.Zero, new UnixTime(901), new UnixTime(900), Cancel);

        Assert.Contains("tasklet 3", doubt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ALongTaskletThatIsStillRunningWhereTheLookEnds_IsBelieved()
    {
        var module = Wasmtime.Module.ConvertText("(module (memory (export \"memory\") 1) (func (export \"_start\") (loop $again (br $again))))");
        var (run, honest) = await RunAsync(sandbox.Runtime, module);
        using var journal = new Journal(Path.Combine(_temp.Path, "journal.db"), TimeProvider.System);
        var (check, input) = await CheckAsync(journal, run, module);
        Assert.Equal(Limits.Fuel, honest.FuelUsed);

        Assert.Null(await check.DoubtAsync(run.Module.Name, [input], [honest.ToResult()], 0, Limits, TimeSpan.Zero, new UnixTime(901), new UnixTime(900), Cancel));
    }

    [Fact]
    public async Task ATrustedModule_IsLookedAtAgain_AsLongAsTheShareOfTimeAllows()
    {
        var (run, honest) = await RunAsync(sandbox.Runtime);
        using var journal = new Journal(Path.Combine(_temp.Path, "journal.db"), TimeProvider.System);
        journal.SaveTrust(run.Module.Name, ModuleTrust.Trusted);
        var (check, input) = await CheckAsync(journal, run);
        var wrong = honest.ToResult() with { FuelUsed = honest.FuelUsed + 1 };

        Assert.Null(await check.DoubtAsync(run.Module.Name, [input], [wrong], 0, Limits, TimeSpan.Zero, new UnixTime(1_000), new UnixTime(900), Cancel));

        // Two percent of an hour pay for all of it.
        Assert.NotNull(await check.DoubtAsync(run.Module.Name, [input], [wrong], 0, Limits, TimeSpan.FromHours(1), new UnixTime(1_000), new UnixTime(900), Cancel));
        Assert.True(check.IsDistrusted(run.Module.Name));
    }

    private static async Task<(TaskletRun Run, RunOutcome.Halted Honest)> RunAsync(Market.Sandbox.Wasm.WasmRuntime runtime, byte[]? module = null)
    {
        var stdin = "sixteen bytes ok"u8.ToArray();
        var frame = new Market.Wasm.InputFrame(["task"], (ulong)stdin.Length).Encode();
        var ready = Assert.IsType<Preparation.Ready>(await runtime.PrepareAsync(BlobName.Of(module ?? Wasm), module ?? Wasm, Cancel));
        var run = new TaskletRun(ready.Module, frame, stdin, Limits);
        return (run, Assert.IsType<RunOutcome.Halted>(await runtime.RunAsync(run, Cancel)));
    }

    private async Task<(MachineCheck Check, ManifestRecord Input)> CheckAsync(Journal journal, TaskletRun run, byte[]? code = null)
    {
        var blobs = BlobStore.Open(new BlobStoreOptions { Directory = Path.Combine(_temp.Path, "blobs") }, TimeProvider.System);
        var (module, frame, stdin) = (await blobs.PutAsync(code ?? Wasm, Cancel), await blobs.PutAsync(run.Frame, Cancel), await blobs.PutAsync(run.Stdin, Cancel));
        Assert.Equal(run.Module.Name, module.Name);
        var options = NodeOptions.From(new ProviderConfig { Name = "drill" }, _temp.Path, 1, 0);
        var check = new MachineCheck(blobs, journal, new MachineRunner(), new LaneQueue(1), options, RandomNumberGenerator.Create(), TimeProvider.System, NullLogger<MachineCheck>.Instance);
        return (check, new ManifestRecord(frame.Name, stdin.Name));
    }

    /// <summary>The engine, made to fail.</summary>
    private sealed class BrokenEngine(IRuntime inner, Func<RunOutcome, RunOutcome> fail) : IRuntime
    {
        public Market.Sandbox.RuntimeKind Kind => inner.Kind;

        public Task<Preparation> PrepareAsync(BlobName name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => inner.PrepareAsync(name, content, cancellationToken);

        public async Task<RunOutcome> RunAsync(TaskletRun run, CancellationToken cancellationToken) => fail(await inner.RunAsync(run, cancellationToken));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
