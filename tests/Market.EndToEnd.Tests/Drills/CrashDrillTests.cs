namespace Market.EndToEnd.Tests.Drills;

/// <summary>
/// Nodes, workers, clients, the endpoint and the chain die at random moments, with jobs under way all the time. Afterwards every job has ended, no tasklet was paid twice, and all money is where it should be.
/// <c>scripts/soak.sh</c> runs it long; <c>MARKET_SOAK_SEED</c> repeats a run's choices, though not the machine's timing. On a
/// chain that keeps its state in memory (Hardhat) the chain only stands still for a while.
/// </summary>
public sealed class CrashDrillTests(SoakMarketFixture local, ITestOutputHelper output) : IClassFixture<SoakMarketFixture>
{
    private const int MomentsPerJob = 6;
    private const int Tasklets = 12;

    [Fact]
    public async Task DeathsAtRandomMoments_EveryJobEnds_NothingIsPaidTwice()
    {
        var moments = Soak.Require("MARKET_SOAK_MOMENTS");
        var seed = Soak.Setting("MARKET_SOAK_SEED") ?? Environment.TickCount;
        Tell($"seed {seed}, {moments} moments");
        var random = new Random(seed);
        var victims = Victims.Of(local);
        var jobs = new List<string>();
        var strikes = new Dictionary<string, int>();

        for (var moment = 0; moment < moments; moment++)
        {
            if (moment % MomentsPerJob == 0) jobs.Add(await Soak.PostAsync(local, await Soak.WriteJobAsync(local.Folder(), Tasklets, "spin"), Tell));

            // The moment itself is what is drawn.
            await Task.Delay(random.Next(1500), TestContext.Current.CancellationToken);
            var struck = await StrikeAsync(random, victims, moment, jobs[^1]);
            strikes[struck] = strikes.GetValueOrDefault(struck) + 1;
        }

        var paid = 0;
        foreach (var job in jobs) paid += (await Soak.EndsAsync(local, job, Tasklets, Tell)).Paid;
        await local.AssertExactAsync();
        Tell($"seed {seed}: {moments} moments ({string.Join(", ", strikes.OrderBy(s => s.Key).Select(s => $"{s.Value} {s.Key}"))}), {jobs.Count} jobs ended, {paid} of {jobs.Count * Tasklets} tasklets paid, audit exact");
    }

    private async Task<string> StrikeAsync(Random random, Victims victims, int moment, string job)
    {
        var node = victims.Nodes[random.Next(victims.Nodes.Count)];
        var pause = TimeSpan.FromMilliseconds(random.Next(200, 3000));
        switch (random.Next(5))
        {
            case 0:
                Tell($"{moment}: kill -9 and restart {node}");
                await victims.RestartNodeAsync(node);
                return "node";
            case 1:
                Tell($"{moment}: kill -9 of {victims.KillWorkers(node)} workers of {node}");
                return "workers";
            case 2 when victims.ChainKeepsItsState:
                Tell($"{moment}: kill -9 of the chain, back after {pause.TotalSeconds:0.0} s");
                await victims.RestartChainAsync(pause);
                return "chain";
            case 2:
                Tell($"{moment}: the chain stands still for {pause.TotalSeconds:0.0} s");
                await Victims.PauseAsync(victims.Chain, pause);
                return "chain standing still";
            case 3:
                Tell($"{moment}: kill -9 of the endpoint, back after {pause.TotalSeconds:0.0} s");
                await victims.RestartEndpointAsync(pause);
                return "endpoint";
            default:
                Tell($"{moment}: kill -9 of a client that moves the job on");
                using (var client = local.Market.Start(["job", "watch", job, "--keep"]))
                {
                    await Task.Delay(random.Next(2500), TestContext.Current.CancellationToken);
                    client.Kill();
                    await client.WaitForExitAsync(TestContext.Current.CancellationToken);
                }

                return "client";
        }
    }

    private void Tell(string line)
    {
        output.WriteLine(line);
        TestContext.Current.SendDiagnosticMessage(line);
    }
}
