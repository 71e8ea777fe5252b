using System.Collections.Immutable;
using Market.Domain.Identity;
using Market.Domain.Money;

namespace Market.Client.Graphs;

/// <summary>A job as a picture shows it: stages that read one another, and a cell for each tasklet.</summary>
/// <param name="Id">The job's id; null for a job file.</param>
/// <param name="Name">Its name.</param>
/// <param name="State">One word; <c>planned</c> for a job file.</param>
/// <param name="Stages">Parents before those that read them.</param>
public sealed record JobGraph(string? Id, string Name, string State, ImmutableArray<StageNode> Stages)
{
    /// <summary>What it has cost; null for a job file.</summary>
    public GraphMoney? Money { get; init; }

    /// <summary>How long it has taken; null for a job file or where it is not on the chain.</summary>
    public GraphTime? Time { get; init; }

    /// <summary>How amounts are written.</summary>
    public Asset? Asset { get; init; }
}

/// <summary>One stage.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Reads">Positions of the stages that it reads.</param>
/// <param name="How">How it reads them, in a few words; empty for a stage that reads none.</param>
/// <param name="State">One word.</param>
/// <param name="Tasklets">All its tasklets in order; empty while nobody knows how many there are.</param>
public sealed record StageNode(string Name, ImmutableArray<int> Reads, string How, string State, ImmutableArray<TaskletRun> Tasklets)
{
    /// <summary>Times that it was opened.</summary>
    public int Attempt { get; init; }

    /// <summary>Times that it may be opened.</summary>
    public int Attempts { get; init; } = 1;

    /// <summary>What it has cost; null before it was opened.</summary>
    public GraphMoney? Money { get; init; }

    /// <summary>How long it has taken; null before it was opened.</summary>
    public GraphTime? Time { get; init; }

    /// <summary>What was run again, and why, oldest first.</summary>
    public ImmutableArray<string> Again { get; init; } = [];

    /// <summary>How many tasklets it has.</summary>
    public uint Total => (uint)Tasklets.Sum(run => run.Count);

    /// <summary>How many of them are in <paramref name="state"/>.</summary>
    public uint Count(Domain.Progress.TaskletState state) => (uint)Tasklets.Where(run => run.State == state).Sum(run => run.Count);
}

/// <summary>Cost against budget.</summary>
/// <param name="Paid">To devices so far.</param>
/// <param name="Budget">Most that it may cost.</param>
/// <param name="Returned">What came back.</param>
public sealed record GraphMoney(Amount Paid, Amount Budget, Amount Returned)
{
    /// <summary>To keepers so far.</summary>
    public Amount Tips { get; init; }
}

/// <summary>Time against deadline.</summary>
/// <param name="Start">When it began.</param>
/// <param name="Until">When it ended, else the newest block.</param>
/// <param name="Deadline">By when its last result is due.</param>
/// <param name="Ended">Whether <paramref name="Until"/> is its end.</param>
public sealed record GraphTime(UnixTime Start, UnixTime Until, UnixTime Deadline, bool Ended)
{
    /// <summary>Seconds so far.</summary>
    public ulong Seconds => Until.Seconds < Start.Seconds ? 0 : Until.Seconds - Start.Seconds;

    /// <summary>Seconds that there are.</summary>
    public ulong Of => Deadline.Seconds < Start.Seconds ? 0 : Deadline.Seconds - Start.Seconds;
}
