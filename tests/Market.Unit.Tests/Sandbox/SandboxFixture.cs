using Market.Hashing;
using Market.Sandbox;
using Market.Sandbox.Wasm;

namespace Market.Unit.Tests.Sandbox;

/// <summary>A runtime with real workers in a directory of its own.</summary>
public sealed class SandboxFixture : IAsyncLifetime
{
    internal static readonly RunLimits Ample = new(1_000_000, 256, 1 << 20, TimeSpan.FromSeconds(30));

    internal DirectoryInfo Directory { get; } = System.IO.Directory.CreateTempSubdirectory("market-sandbox-");

    internal WasmRuntime Runtime { get; private set; } = null!;

    public ValueTask InitializeAsync()
    {
        Runtime = new WasmRuntime(new SandboxOptions { Directory = Directory.FullName, Lanes = 2 }, TimeProvider.System);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await Runtime.DisposeAsync();
        Directory.Delete(recursive: true);
    }

    internal static CancellationToken Token => TestContext.Current.CancellationToken;

    internal static async Task<PreparedModule> PrepareAsync(WasmRuntime runtime, byte[] canonical)
    {
        var preparation = await runtime.PrepareCanonicalAsync(BlobName.Of(canonical), canonical, Token);
        if (preparation is Preparation.Ready ready) return ready.Module;
        Assert.Fail(preparation.ToString());
        throw new InvalidOperationException();
    }

    internal async Task<RunOutcome> RunAsync(byte[] canonical, RunLimits? limits = null, byte[]? stdin = null)
    {
        var module = await PrepareAsync(Runtime, canonical);
        return await Runtime.RunAsync(new TaskletRun(module, new byte[128], stdin ?? [], limits ?? Ample), Token);
    }
}
