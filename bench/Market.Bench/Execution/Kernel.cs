namespace Market.Bench.Execution;

/// <summary>A program of <c>bench/kernels</c> and the size at which it runs for a fraction of a second.</summary>
internal sealed record Kernel(string Name, string Size)
{
    public static readonly IReadOnlyList<Kernel> All =
    [
        new("sha256", "48"), new("mandelbrot", "500"), new("matmul", "340"), new("nbody", "2000000"), new("quicksort", "3000000"), new("fib", "36"),
        new("parser", "1100"),
    ];
}
