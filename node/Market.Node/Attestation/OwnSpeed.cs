using Market.Hashing;
using Market.Node.Hosting;

namespace Market.Node.Attestation;

/// <summary>
/// What this machine can do by its own clock: the best of a few short runs on all lanes. A score far below it was measured
/// while something else held the processors.
/// </summary>
internal sealed class OwnSpeed(Benchmark benchmark, NodeOptions options)
{
    // One disturbance is rarely as long as all of them together.
    private const int Runs = 3;

    // Devices that share a machine, or attesters far away, cost half of it honestly; less than a quarter is a disturbance.
    private const int FarBelow = 4;

    private ushort _score;

    /// <summary>Mfuel per second and lane, measured once in a process.</summary>
    /// <exception cref="BenchmarkException">This machine cannot run the benchmark.</exception>
    public async Task<ushort> ScoreAsync(CancellationToken cancel)
    {
        if (_score != 0) return _score;
        ushort best = 0;
        for (var i = 0; i < Runs; i++)
        {
            var run = await benchmark.RunAsync(Hash256.Zero, options.Lanes, Benchmark.FewRounds, cancel);
            best = Math.Max(best, ClaimedScore.Of(run.LeastFuel, run.Elapsed));
        }

        return _score = best;
    }

    /// <summary>The lowest score that a machine of this speed reaches undisturbed.</summary>
    public static ushort LeastOf(ushort own) => (ushort)(own / FarBelow);
}
