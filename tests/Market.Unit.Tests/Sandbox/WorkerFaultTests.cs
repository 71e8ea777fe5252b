using System.Diagnostics;
using Market.Hashing;
using Market.Sandbox;
using Market.Sandbox.Protocol;
using Market.Sandbox.Wasm;
using Market.Sandbox.Workers;

namespace Market.Unit.Tests.Sandbox;

/// <summary>Faults of the machine around the guest. Each test has a sandbox of its own.</summary>
public sealed class WorkerFaultTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("market-sandbox-");

    private readonly TaskCompletionSource<int> _running = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Run_WorkerKilledFromOutside_IsGivenUpAndTheNextRunWorks()
    {
        await using var runtime = Open();
        var echo = await SandboxFixture.PrepareAsync(runtime, CanonicalModules.Echo);
        var endless = await SandboxFixture.PrepareAsync(runtime, CanonicalModules.Unmetered);
        var run = runtime.RunAsync(new TaskletRun(endless, default, default, SandboxFixture.Ample), Token);
        using var worker = await RunningWorkerAsync();

        worker.Kill();
        var outcome = await run;

        Assert.Equal(GiveUpReason.WorkerLost, Assert.IsType<RunOutcome.GaveUp>(outcome).Reason);
        Assert.IsType<RunOutcome.Halted>(await runtime.RunAsync(new TaskletRun(echo, default, default, SandboxFixture.Ample), Token));
    }

    [Fact]
    public async Task Run_IdleWorkerKilled_StartsAnother()
    {
        await using var runtime = Open();
        var echo = await SandboxFixture.PrepareAsync(runtime, CanonicalModules.Echo);
        var run = new TaskletRun(echo, new byte[128], default, SandboxFixture.Ample);
        Assert.IsType<RunOutcome.Halted>(await runtime.RunAsync(run, Token));
        using (var worker = await RunningWorkerAsync())
        {
            worker.Kill();
            await worker.WaitForExitAsync(Token);
        }

        var outcome = await runtime.RunAsync(run, Token);

        Assert.IsType<RunOutcome.Halted>(outcome);
    }

    [Fact]
    public async Task Prepare_CompilerOverItsMemory_IsGivenUpAndTheNextCompilationWorks()
    {
        await using var runtime = Open(options => options with { CompileMemory = 128 << 20, WatchInterval = TimeSpan.FromMilliseconds(2) });
        var bomb = CanonicalModules.Make(string.Concat(Enumerable.Repeat("(if (call $in_len) (then (global.set $fuel (i64.const 1))))\n", 60_000)));

        var preparation = await runtime.PrepareCanonicalAsync(BlobName.Of(bomb), bomb, Token);

        Assert.Equal(GiveUpReason.Memory, Assert.IsType<Preparation.GaveUp>(preparation).Reason);
        await SandboxFixture.PrepareAsync(runtime, CanonicalModules.Echo);
    }

    [Fact]
    public async Task Prepare_CompilerOverItsTime_IsGivenUp()
    {
        await using var runtime = Open(options => options with { CompileTimeout = TimeSpan.FromMilliseconds(50), WatchInterval = TimeSpan.FromMilliseconds(5) });
        var bomb = CanonicalModules.Make(string.Concat(Enumerable.Repeat("(if (call $in_len) (then (global.set $fuel (i64.const 1))))\n", 20_000)));

        var preparation = await runtime.PrepareCanonicalAsync(BlobName.Of(bomb), bomb, Token);

        Assert.Equal(GiveUpReason.WallClock, Assert.IsType<Preparation.GaveUp>(preparation).Reason);
    }

    [Fact]
    public async Task Prepare_SecondSandboxOnTheDirectory_FindsTheArtefact()
    {
        await using (var first = Open()) await SandboxFixture.PrepareAsync(first, CanonicalModules.Echo);
        var written = Assert.Single(Artefacts());
        var stamp = await File.ReadAllBytesAsync(written, Token);

        await using (var second = Open()) await SandboxFixture.PrepareAsync(second, CanonicalModules.Echo);

        Assert.Equal(stamp, await File.ReadAllBytesAsync(Assert.Single(Artefacts()), Token));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    [InlineData(-1)]
    public async Task Run_ArtefactWithAFlippedBit_IsCompiledAgain(int position)
    {
        await using (var first = Open()) await SandboxFixture.PrepareAsync(first, CanonicalModules.Echo);
        var path = Assert.Single(Artefacts());
        var good = await File.ReadAllBytesAsync(path, Token);
        var bad = good.ToArray();
        bad[position < 0 ? bad.Length + position : position] ^= 1;
        await File.WriteAllBytesAsync(path, bad, Token);

        await using var second = Open();
        var echo = await SandboxFixture.PrepareAsync(second, CanonicalModules.Echo);
        var outcome = await second.RunAsync(new TaskletRun(echo, new byte[128], default, SandboxFixture.Ample), Token);

        Assert.Equal(5ul, Assert.IsType<RunOutcome.Halted>(outcome).FuelUsed);
        Assert.NotEqual(bad, await File.ReadAllBytesAsync(path, Token));
    }

    [Fact]
    public async Task Run_ArtefactOfAnotherModuleInItsPlace_IsNotLoaded()
    {
        await using (var first = Open()) await SandboxFixture.PrepareAsync(first, CanonicalModules.EndlessLoop);
        var endless = Assert.Single(Artefacts());
        await using (var second = Open()) await SandboxFixture.PrepareAsync(second, CanonicalModules.Echo);
        var echo = Artefacts().Single(path => path != endless);
        File.Copy(endless, echo, overwrite: true);

        await using var third = Open();
        var module = await SandboxFixture.PrepareAsync(third, CanonicalModules.Echo);
        var outcome = await third.RunAsync(new TaskletRun(module, new byte[128], default, SandboxFixture.Ample), Token);

        Assert.Equal(5ul, Assert.IsType<RunOutcome.Halted>(outcome).FuelUsed);
    }

    [Fact]
    public async Task Dispose_WithARunGoing_EndsEveryWorker()
    {
        var runtime = Open();
        var endless = await SandboxFixture.PrepareAsync(runtime, CanonicalModules.Unmetered);
        var run = runtime.RunAsync(new TaskletRun(endless, default, default, SandboxFixture.Ample), Token);
        using var worker = await RunningWorkerAsync();

        await Task.WhenAll(runtime.DisposeAsync().AsTask(), runtime.DisposeAsync().AsTask());

        Assert.IsType<RunOutcome.GaveUp>(await run);
        Assert.True(worker.HasExited);
    }

    [Fact]
    public async Task Worker_SupervisorGone_EndsAtOnceWhateverItRuns()
    {
        var options = new SandboxOptions { Directory = _directory.FullName };
        using var compiler = new WorkerLauncher(options).Start(WorkerRole.Compile);
        using var worker = new WorkerLauncher(options).Start(WorkerRole.Run);
        using var compilerPipe = new MessagePipe(compiler.StandardOutput.BaseStream, compiler.StandardInput.BaseStream);
        using var workerPipe = new MessagePipe(worker.StandardOutput.BaseStream, worker.StandardInput.BaseStream);
        compilerPipe.Read(WorkerIdentity.MaxLength);
        compilerPipe.Write(MessageKind.Compile, CanonicalModules.Unmetered);
        var artefact = compilerPipe.Read(1 << 20)!.Value;
        workerPipe.Read(WorkerIdentity.MaxLength);
        workerPipe.Write(MessageKind.Load, artefact.Payload.Span);
        Assert.Equal(MessageKind.Loaded, workerPipe.Read(0)!.Value.Kind);
        workerPipe.Write(MessageKind.Run, new byte[RunRequest.Size]);

        // What the kernel does to the pipes of a supervisor that dies.
        worker.StandardInput.Close();
        compiler.StandardInput.Close();
        await worker.WaitForExitAsync(Token);
        await compiler.WaitForExitAsync(Token);

        Assert.NotEqual(0, worker.ExitCode);
    }

    [Fact]
    public async Task Worker_OnLinux_HasShutItselfOffFromFilesNetworkAndProcesses()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "seccomp is Linux's");
        using var worker = new WorkerLauncher(new SandboxOptions { Directory = _directory.FullName }).Start(WorkerRole.Run);
        using var pipe = new MessagePipe(worker.StandardOutput.BaseStream, worker.StandardInput.BaseStream);

        var identity = WorkerIdentity.Decode(pipe.Read(WorkerIdentity.MaxLength)!.Value.Payload.Span);

        // "Seccomp: 2" is a filter; it must hold on every thread.
        Assert.True(identity!.Confined);
        foreach (var task in Directory.GetDirectories($"/proc/{worker.Id}/task"))
        {
            Assert.Contains("Seccomp:\t2", await File.ReadAllTextAsync($"{task}/status", Token), StringComparison.Ordinal);
        }

        worker.StandardInput.Close();
        await worker.WaitForExitAsync(Token);
    }

    [Theory]
    [InlineData("open", 31)]
    [InlineData("confined", 0)]
    public async Task Worker_TryingToEscape_SucceedsOnlyUnconfined(string state, int successes)
    {
        // Read a file, write one, open a socket, start a process, signal another: one bit each.
        Assert.SkipUnless(OperatingSystem.IsLinux(), "seccomp is Linux's");

        using var worker = Process.Start(WorkerLocator.Find(), ["probe-escape", state]);
        await worker.WaitForExitAsync(Token);

        // Whether process 1 may be signalled depends on the user that runs this.
        Assert.Equal(successes & ~16, worker.ExitCode & ~16);
    }

    [Fact]
    public async Task Prepare_NoWorkerExecutable_SaysSo()
    {
        await using var runtime = Open(options => options with { WorkerPath = "/nowhere/market-worker" });

        var preparation = await runtime.PrepareCanonicalAsync(default, CanonicalModules.Echo, Token);

        Assert.Equal(GiveUpReason.Unfit, Assert.IsType<Preparation.GaveUp>(preparation).Reason);
        Assert.False((await runtime.CheckAsync(Token)).Fit);
    }

    [Fact]
    public async Task Check_SoundMachine_IsFitAndNamesItsEngine()
    {
        await using var runtime = Open();

        var health = await runtime.CheckAsync(Token);

        Assert.True(health.Fit, health.Detail);
        Assert.Equal(OperatingSystem.IsLinux(), health.Confined);
        Assert.StartsWith("wasmtime/", health.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_Unsound_AreAllListed()
    {
        var options = new SandboxOptions { Directory = " ", Lanes = 0, CompileTimeout = TimeSpan.Zero };

        var exception = Assert.Throws<ArgumentException>(() => new WasmRuntime(options, TimeProvider.System));

        Assert.Contains("Directory", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Lanes", exception.Message, StringComparison.Ordinal);
        Assert.Contains("CompileTimeout", exception.Message, StringComparison.Ordinal);
    }

    private WasmRuntime Open(Func<SandboxOptions, SandboxOptions>? change = null)
    {
        var options = new SandboxOptions
        {
            Directory = _directory.FullName,
            Lanes = 2,
            Asked = (process, kind) => _ = kind == MessageKind.Run && _running.TrySetResult(process),
        };
        return new WasmRuntime(change?.Invoke(options) ?? options, TimeProvider.System);
    }

    private string[] Artefacts() => Directory.GetFiles(_directory.FullName, "*.artefact", SearchOption.AllDirectories);

    // The worker that was last sent a tasklet.
    private async Task<Process> RunningWorkerAsync() => Process.GetProcessById(await _running.Task.WaitAsync(Token));
}
