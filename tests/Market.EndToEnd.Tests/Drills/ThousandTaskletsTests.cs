using System.Diagnostics;
using System.Globalization;
using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Drills;

/// <summary>
/// Many tasklets over four nodes, one of which dies every 20 seconds. The first never comes back, so that its range has to be
/// given out again; each other stays away until the next dies.
/// </summary>
public sealed class ThousandTaskletsTests(FourNodesFixture local, ITestOutputHelper output) : IClassFixture<FourNodesFixture>
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task OneOfFourNodesIsAlwaysDead_EveryTaskletIsDone_AndTheLogSaysWhyItWasGivenOutAgain()
    {
        var tasklets = Soak.Require("MARKET_SOAK_TASKLETS");
        var seed = Soak.Setting("MARKET_SOAK_SEED") ?? Environment.TickCount;
        Tell($"seed {seed}, {tasklets} tasklets");
        var random = new Random(seed);
        var victims = Victims.Of(local);
        var started = Stopwatch.GetTimestamp();
        var id = await Soak.PostAsync(local, await Soak.WriteJobAsync(local.Folder(), tasklets, "m", "30m"), Tell);
        using var client = local.Market.Start(["job", "watch", id, "--keep", "--timeout", "30m"]);
        _ = client.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var said = client.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);

        string? dead = null;
        var gone = victims.Nodes[random.Next(victims.Nodes.Count)];
        await victims.KillAsync(gone);
        Tell($"kill -9 of {gone}, for good");
        var device = await DeviceOfAsync(gone);
        var deaths = 1;
        while (await Task.WhenAny(client.WaitForExitAsync(TestContext.Current.CancellationToken), Task.Delay(Between, TestContext.Current.CancellationToken)) is var _ && !client.HasExited)
        {
            // Its lease runs out in block time, which nobody but the dead one is harmed by once the others have delivered.
            var running = (await local.Market.RunAsync(["job", "show", id, "--json"])).Exits(0).Json.GetProperty("leases").EnumerateArray().Where(l => l.GetProperty("state").GetString() == "leased").ToList();
            if (running.Count > 0 && running.All(l => l.GetProperty("device").GetUInt32() == device)) (await local.Market.RunAsync(["dev", "time", "+2m"])).Exits(0);
            var next = victims.Nodes.Where(n => n != dead && n != gone).ElementAt(random.Next(victims.Nodes.Count - (dead is null ? 1 : 2)));
            if (dead is not null) victims.Start(dead);
            await victims.KillAsync(dead = next);
            deaths++;
            Tell($"{Stopwatch.GetElapsedTime(started).TotalSeconds:0} s: kill -9 of {dead}");
        }

        Assert.True(client.ExitCode == 0, await said);
        if (dead is not null) victims.Start(dead);
        victims.Start(gone);
        var (paid, again) = await Soak.EndsAsync(local, id, tasklets, Tell);
        Assert.Equal(tasklets, paid);
        Assert.True(again > 0, "nothing was given out again");
        await local.AssertExactAsync();
        Tell($"seed {seed}: {tasklets} tasklets done and paid once in {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s, {deaths} deaths, {again} leases of ranges given out before, each with its reason, audit exact");
    }

    private async Task<uint> DeviceOfAsync(string node)
    {
        var status = (await local.Market.RunAsync(["provider", "status", "--config", Path.Combine(local.Home, "dev", node, "provider.yaml"), "--json"])).Exits(0).Json;
        return uint.Parse(status.GetProperty("device").GetString()![2..], CultureInfo.InvariantCulture);
    }

    private void Tell(string line)
    {
        output.WriteLine(line);
        TestContext.Current.SendDiagnosticMessage(line);
    }
}

/// <summary>A local market of four nodes.</summary>
public sealed class FourNodesFixture : LocalMarketFixture
{
    protected override bool IsWanted => Soak.IsAsked;

    protected override string[] StartArguments => ["--nodes", "4"];
}
