using Market.Client.Faults;
using Market.Client.Jobs;
using Market.Domain.Jobs;
using Market.Sandbox;

namespace Market.Client.Quoting;

/// <summary>What running a job's samples on this machine showed.</summary>
/// <param name="Item">The sample that needed the most fuel.</param>
/// <param name="Fuel">What it needed, on the meter that devices use.</param>
/// <param name="Elapsed">How long its first run took here.</param>
/// <param name="Samples">How many items were run.</param>
public sealed record LocalRun(string Item, Fuel Fuel, TimeSpan Elapsed, int Samples);

/// <summary>
/// Runs a few of a job's real inputs in the same sandbox and on the same meter as devices do, the dearest of them
/// twice: the fuel is the quote's ground, and two runs that differ would be paid for and then disputed.
/// </summary>
public sealed class LocalRunner(IRuntime runtime, TimeProvider time)
{
    /// <summary>Runs samples of <paramref name="job"/>.</summary>
    /// <exception cref="MarketException">E1301 to E1306: the module fails, differs, takes too long, or cannot run here.</exception>
    public async Task<LocalRun> RunAsync(PreparedJob job, CancellationToken cancel)
    {
        var trial = await ModuleTrial.PrepareAsync(runtime, time, job.Stage.Spec, job.Module, cancel);
        var samples = new List<SampleInput>();
        foreach (var index in Samples(job)) samples.Add(await SampleAsync(job, index, cancel));
        return (await trial.RunAsync(samples, cancel)).Local;
    }

    /// <summary>A tasklet of a stage whose inputs are known.</summary>
    internal static async ValueTask<SampleInput> SampleAsync(PreparedJob job, int index, CancellationToken cancel)
    {
        var tasklet = job.Stage.Tasklets[index];
        return new SampleInput(tasklet.Item, job.Frames[index], await tasklet.ReadStdinAsync(cancel));
    }

    /// <summary>First, middle and last item, and the one with the longest input.</summary>
    internal static IEnumerable<int> Samples(PreparedJob job)
    {
        var count = job.Stage.Tasklets.Length;
        var longest = Enumerable.Range(0, count).MaxBy(i => job.Manifest.Records[i].InputLength);
        return new[] { longest, count / 2, 0, count - 1 }.Distinct();
    }
}
