using System.Collections.Immutable;
using Market.Domain.Results;
using Market.Hashing;

namespace Market.Domain.Scheduling;

/// <summary>What decides a tasklet's result: equal keys give equal results, on any device.</summary>
/// <param name="Module">Root of the module's bytes.</param>
/// <param name="Input">Frame and standard input.</param>
/// <param name="Mfuel">Fuel limit in Mfuel; a run that it does not end is the same below it and may differ above.</param>
/// <param name="MemoryPages">Cap on memory.</param>
/// <param name="OutputLimit">Cap on the output in bytes.</param>
public readonly record struct ResultKey(Hash256 Module, ManifestRecord Input, uint Mfuel, uint MemoryPages, uint OutputLimit);

/// <summary>Which of a stage's tasklets have to be bought.</summary>
/// <param name="Buy">Tasklets whose result nobody has, each content once, ascending.</param>
/// <param name="Known">Tasklets whose result is there already.</param>
/// <param name="SameAs">For a tasklet that equals an earlier one of <paramref name="Buy"/>, that one.</param>
public sealed record ReusePlan(ImmutableArray<uint> Buy, ImmutableSortedDictionary<uint, TaskletResult> Known, ImmutableSortedDictionary<uint, uint> SameAs)
{
    /// <summary>Plans what to buy.</summary>
    /// <param name="tasklets">Keys in order of tasklets.</param>
    /// <param name="results">Results that were delivered before, by key.</param>
    public static ReusePlan Of(IEnumerable<ResultKey> tasklets, IReadOnlyDictionary<ResultKey, TaskletResult> results)
    {
        var buy = ImmutableArray.CreateBuilder<uint>();
        var known = ImmutableSortedDictionary.CreateBuilder<uint, TaskletResult>();
        var sameAs = ImmutableSortedDictionary.CreateBuilder<uint, uint>();
        var first = new Dictionary<ResultKey, uint>();
        var index = 0U;
        foreach (var key in tasklets)
        {
            if (results.TryGetValue(key, out var result)) known.Add(index, result);
            else if (first.TryAdd(key, index)) buy.Add(index);
            else sameAs.Add(index, first[key]);
            index++;
        }

        return new ReusePlan(buy.ToImmutable(), known.ToImmutable(), sameAs.ToImmutable());
    }

    /// <summary>Why a tasklet is not bought; null if it is.</summary>
    public Reason? WhyNot(uint tasklet) =>
        Known.ContainsKey(tasklet) ? new Reason(ReasonCode.KnownResult)
        : SameAs.ContainsKey(tasklet) ? new Reason(ReasonCode.SameAsAnother)
        : null;
}
