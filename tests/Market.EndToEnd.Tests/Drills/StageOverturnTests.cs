using Market.Chain.Generated.JobManager;
using Market.Domain.Leases;
using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Drills;

/// <summary>
/// A device lies in the first stage, the second stage starts on the committed lie and runs, and then the lie is proven. The
/// second stage is stale, both are made right within the budget, and who ran the stale one honestly is paid all the same.
/// </summary>
public sealed class StageOverturnTests(OneLiarFixture local, ITestOutputHelper output) : IClassFixture<OneLiarFixture>
{
    [Fact]
    public async Task AResultOverturnedAfterItsReaderRan_IsMadeRight_AndTheReaderRunsAgain()
    {
        Soak.Require("MARKET_SOAK_STAGED");
        var drill = new StageDrill(local, Tell);
        using var challenger = local.Market.Start(["challenger", "run", "--wallet", "local-challenger", "--json"]);
        try
        {
            challenger.OutputDataReceived += (_, e) => Tell(e.Data);
            challenger.ErrorDataReceived += (_, e) => Tell(e.Data);
            challenger.BeginOutputReadLine();
            challenger.BeginErrorReadLine();
            await drill.PostAsync(drill.Write(12, "item", 4, "30m", "2m"));

            var end = await drill.EndAsync();

            Assert.Equal(JobStateCode.Finished, end.Job.State);
            Assert.Contains(end.Leases, l => l.State == LeaseState.Voided);
            Assert.True(end.Job.Stages[1].Attempts > 1, "the second stage never read the lie");
            Tell($"overturned after its reader ran: done in {drill.Seconds:0} s, the second stage opened {end.Job.Stages[1].Attempts} times");
        }
        finally
        {
            if (!challenger.HasExited) challenger.Kill();
            await challenger.WaitForExitAsync(CancellationToken.None);
        }
    }

    private void Tell(string? line)
    {
        if (string.IsNullOrEmpty(line)) return;
        output.WriteLine(line);
        TestContext.Current.SendDiagnosticMessage(line);
    }
}

/// <summary>Four nodes of which the cheapest lies once.</summary>
public sealed class OneLiarFixture : LocalMarketFixture
{
    protected override string[] StartArguments => ["--nodes", "4", "--liar", "value"];
}
