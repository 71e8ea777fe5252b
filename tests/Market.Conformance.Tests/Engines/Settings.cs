using System.Collections.Concurrent;
using Wasmtime;

namespace Market.Conformance.Tests.Engines;

/// <summary>Engine settings under which canonical modules run: what the canonicaliser refuses is off, and a deep stack.</summary>
internal static class Settings
{
    /// <summary>Native stack for wasm code, in bytes.</summary>
    public const int WasmStack = 64 << 20;

    public static Config Deterministic() => new Config()
        .WithSIMD(false).WithRelaxedSIMD(false, true).WithWasmThreads(false).WithGc(false).WithFunctionReferences(false)
        .WithBranchHinting(true).WithExceptions(false).WithTailCalls(false).WithMultiMemory(false).WithMemory64(false).WithWideArithmetic(false)
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

    /// <summary>Runs <paramref name="body"/> for 0 to <paramref name="count"/> − 1 on as many deep-stacked threads as there are processors.</summary>
    public static IReadOnlyList<T> InParallel<T>(int count, Func<int, T> body)
    {
        var results = new T[count];
        var failures = new ConcurrentQueue<Exception>();
        var next = -1;
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(Work, WasmStack + (8 << 20))).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        return failures.IsEmpty ? results : throw new AggregateException(failures);

        void Work()
        {
            for (var i = Interlocked.Increment(ref next); i < count && failures.IsEmpty; i = Interlocked.Increment(ref next))
            {
                try
                {
                    results[i] = body(i);
                }
                catch (Exception e)
                {
                    failures.Enqueue(e);
                }
            }
        }
    }
}
