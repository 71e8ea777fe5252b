using System.Collections.Immutable;
using Market.Chain.Generated.JobManager;
using Market.Client.Explaining;
using Market.Client.Graphs;
using Market.Client.JobFiles;
using Market.Client.Quoting;
using Market.Domain.Books;
using Market.Unit.Tests.Client.Staging;

namespace Market.Unit.Tests.Client.Graphs;

/// <summary>What people see of a job of two stages while it goes wrong and right again, from the events alone.</summary>
public sealed class JobGraphTests
{
    [Fact]
    public async Task AJobFile_IsDrawnWithoutAMarket()
    {
        var file = JobFile.Parse("job.yaml", await File.ReadAllTextAsync(Path.Combine(SampleJobs.Folder("text"), "diamond.yaml"), TestContext.Current.CancellationToken), SampleJobs.Folder("text")).Require();
        var job = (await JobResolver.ResolveAsync(file, TestContext.Current.CancellationToken)).Require(file);

        Assert.Equal(
            """
            diamond  planned
            ○    lower    planned  ....
            │                      4 tasklets
            ├─●  count    planned  ....
            │ │                    reads lower each, 4 tasklets
            ● │  letters  planned  ....
            │ │                    reads lower each, 4 tasklets
            ●─╯  report   planned  ....
                                   reads letters + count each, 4 tasklets
            """,
            Draw(JobGraphs.Of(job)));
    }

    [Fact]
    public void ARunningJob_ShowsWhoRunsWhat_AndWhatRanAgain()
    {
        var story = new StagedStory().Post().Open(0, 0, 4).Lease(0, 1, 0, 2).Lease(0, 2, 2, 2).Commit(0, 2).Expire(0, 0).Lease(0, 3, 0, 1, attempt: 1);

        Assert.Equal(
            """
            j-story  story  active
            cost  ························  0.00 of 5.00 CRD escrowed
            time  ························  6s of 9m59s
            ○  map  open  R.cc
            │             2 of 4 done, 0.00 of 2.00 CRD, 5s of 1m29s
            │             d-2 2-3, d-3 0
            │             tasklet 0 again at d-3 because d-1 did not deliver in time
            ●  all  none  .
                          reads map all, 1 tasklet
            """,
            Draw(JobGraphs.Of(story.Progress)));
    }

    [Fact]
    public void AStageThatFailed_IsOpenedAgain_AndItsWholeCostCounts()
    {
        var story = new StagedStory().Post().Open(0, 0, 4).Lease(0, 1, 0, 2).Commit(0, 0).Settle(0, 0, 600_000).Wait(95).Fail(0).Open(0, 1, 4);

        var stage = JobGraphs.Of(story.Progress).Stages[0];

        Assert.Equal(("open", 2, 2), (stage.State, stage.Attempt, stage.Attempts));
        Assert.Equal("opened again because its offer ended without all results", Assert.Single(stage.Again));
        Assert.Equal(600_000u, stage.Money!.Paid.BaseUnits);
        Assert.Equal("....", GraphText.Cells(stage.Tasklets));
    }

    [Fact]
    public void AFinishedJob_StopsItsClock()
    {
        var story = Finished();

        var graph = JobGraphs.Of(story.Wait(200).Progress);

        Assert.Equal("finished", graph.State);
        Assert.True(graph.Time!.Ended);
        Assert.Equal(15ul, graph.Time.Seconds);
        Assert.Equal(3_900_000u, graph.Money!.Returned.BaseUnits);
        Assert.Equal(["SSSS", "S"], graph.Stages.Select(stage => GraphText.Cells(stage.Tasklets)));
        Assert.All(graph.Stages, stage => Assert.True(stage.Time!.Ended));
    }

    [Fact]
    public void TheLog_TellsEveryStep_InOrder()
    {
        var events = Finished().Progress.History.Events;

        Assert.Equal(
            ["job-posted", "opened", "posted", "leased", "committed", "bound", "opened", "posted", "leased", "committed", "bound", "settled", "settled", "final", "final", "closed", "closed", "ended", "refunded"],
            events.Select(e => e.Step));
        Assert.Equal([null, "map", "map", "map", "map", "map", "all"], events.Take(7).Select(e => e.Stage));
        Assert.Equal("map: d-1 runs tasklets 0-3", events[3].Text);
        Assert.Equal("the job has ended: finished", events[^2].Text);
        Assert.Equal("3.90 CRD back to the owner", events[^1].Text);
        Assert.Equal(events.OrderBy(e => e.At).Select(e => e.Text), events.Select(e => e.Text));
    }

    [Fact]
    public void AnExplanation_NamesWhatHoldsTheJobUp_AndWhatWaitsForIt()
    {
        var story = new StagedStory().Post().Open(0, 0, 4).Lease(0, 1, 0, 4).Expire(0, 0);

        var explained = StagedExplainer.Explain(story.Progress, new Dictionary<int, MatchOutlook> { [0] = new(4, ImmutableSortedDictionary<Exclusion, int>.Empty) }, 5);

        Assert.Equal("Active: 0 of 2 stages have results; map: 0 of 4 tasklets run, 4 wait.", explained.State);
        Assert.Equal("map: d-1 did not deliver in time (last: tasklets 0-3).", Assert.Single(explained.Because));
        Assert.Contains(explained.Next, line => line.StartsWith("map: The next call of match leases 4 tasklets", StringComparison.Ordinal));
        Assert.Contains(explained.Next, line => line.StartsWith("all: opens once all results of map are bound", StringComparison.Ordinal));
        Assert.Equal("market job watch j-story --keep", Assert.Single(explained.Advice));
    }

    [Fact]
    public void AnExplanation_OfAJobWithoutAttemptsLeft_SaysWhatToBuyAgain()
    {
        var story = new StagedStory().Post().Open(0, 0, 4).Wait(95).Fail(0).Open(0, 1, 4).Wait(95).Fail(0);
        Assert.StartsWith("Failed:", StagedExplainer.Explain(story.Progress, new Dictionary<int, MatchOutlook>(), 5).State, StringComparison.Ordinal);

        var explained = StagedExplainer.Explain(story.End(JobStateCode.Cancelled, 5_000_000).Progress, new Dictionary<int, MatchOutlook>(), 5);

        Assert.Equal("Over: cancelled by its owner with 0 of 2 stages final; 5.00 CRD came back.", explained.State);
        Assert.Contains("map: ended without all results, and its 2 attempts are used up.", explained.Because);
    }

    private static StagedStory Finished() => new StagedStory().Post().Open(0, 0, 4).Lease(0, 1, 0, 4).Commit(0, 0).RecordResults(0, false)
        .Open(1, 0, 1).Lease(1, 2, 0, 1).Commit(1, 0).RecordResults(1, false).Settle(0, 0, 1_000_000).Settle(1, 0, 100_000)
        .RecordResults(0, true).RecordResults(1, true).Close(0).Close(1).End(JobStateCode.Finished, 3_900_000);

    private static string Draw(JobGraph graph) => string.Join(Environment.NewLine, GraphText.Plain(graph));
}
