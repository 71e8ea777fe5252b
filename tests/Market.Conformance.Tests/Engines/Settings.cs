using Wasmtime;

namespace Market.Conformance.Tests.Engines;

/// <summary>Engine settings under which canonical modules run: what the canonicaliser refuses is off, and a deep stack.</summary>
internal static class Settings
{
    /// <summary>Native stack for wasm code, in bytes.</summary>
    public const int WasmStack = 64 << 20;

    public static Config Deterministic() => new Config()
        .WithSIMD(false).WithRelaxedSIMD(false, true).WithWasmThreads(false).WithGc(false).WithFunctionReferences(false)
        .WithExceptions(false).WithTailCalls(false).WithMultiMemory(false).WithMemory64(false).WithWideArithmetic(false)
        .WithLargeStack(WasmStack);

    /// <summary>Runs <paramref name="action"/> on a thread whose stack holds <see cref="WasmStack"/> and the host's own frames.</summary>
    public static T OnDeepStack<T>(Func<T> action)
    {
        T? result = default;
        Exception? failure = null;
        var thread = new Thread(
            () =>
            {
                try
                {
                    result = action();
                }
                catch (Exception e)
                {
                    failure = e;
                }
            },
            WasmStack + (8 << 20));
        thread.Start();
        thread.Join();
        return failure is null ? result! : throw new InvalidOperationException("the run failed", failure);
    }
}
