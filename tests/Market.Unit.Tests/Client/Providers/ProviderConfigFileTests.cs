using Market.Client.Faults;
using Market.Client.Providers;

namespace Market.Unit.Tests.Client.Providers;

public sealed class ProviderConfigFileTests : IDisposable
{
    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("market-test-").FullName, "provider.yaml");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);

    [Fact]
    public void Read_OfWhatWriteWrote_IsTheSame()
    {
        var config = new ProviderConfig
        {
            Name = "node-1",
            Keys = new ProviderKeys { Owner = "alice", Operator = "node-1-operator", PasswordFile = "password" },
            Resources = new ProviderResources { Slots = 3 },
            Pricing = new ProviderPricing { Strategy = "load-curve", Price = "0.015", BusyPrice = "0.06", HoldSeconds = 90 },
            Serves = new ProviderServes { Verification = ["optimistic"], Region = 7 },
            Keeping = new ProviderKeeping { Enabled = false },
            Drain = new ProviderDrain { DeadlineSeconds = 9 },
        };

        ProviderConfigFile.Write(_file, config);
        var read = ProviderConfigFile.Read(_file);

        Assert.Equal(["optimistic"], read.Serves.Verification);
        Assert.Equal(config with { Serves = read.Serves }, read);
        Assert.Equal(7, read.Serves.Region);
    }

    [Fact]
    public void Read_OfWhatIsNotWritten_KeepsTheDefaults()
    {
        var read = ProviderConfigFile.Parse("p.yaml", "name: n\nkeys: { owner: a, operator: b }\n");

        Assert.Equal(new ProviderConfig().Resources, read.Resources);
        Assert.Equal(new ProviderConfig().Listen, read.Listen);
        Assert.True(read.Keeping.Enabled);
    }

    [Fact]
    public void Read_OfAnUnknownKey_NamesTheLineAndWhatWasMeant()
    {
        File.WriteAllText(_file, "name: n\nresorces: { slots: 2 }\nkeys: { owner: a, operator: b }\n");

        var fault = Assert.Throws<MarketException>(() => ProviderConfigFile.Read(_file)).Fault;

        Assert.Equal(ExitCode.FileInvalid, fault.Exit);
        Assert.Contains("provider.yaml:2:1: error E1203: unknown key 'resorces'", fault.Message, StringComparison.Ordinal);
        Assert.Contains("did you mean 'resources'?", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OfSeveralFaults_ListsThemAllWithTheirLines()
    {
        const string Text = """
            name: n!
            keys: { owner: a }
            resources: { slots: -1, memoryPerTaskletMiB: lots }
            pricing: { strategy: load-curv, price: free }
            serves: { verification: [optimistik] }
            listen: { api: nowhere, publicUrl: "http://x" }
            drain: { deadlineSeconds: 1000000 }
            """;

        var fault = Assert.Throws<MarketException>(() => ProviderConfigFile.Parse("p.yaml", Text)).Fault;

        foreach (var start in new[]
        {
            "p.yaml:1:7: error E1203: bad value 'n!' for 'name'", "p.yaml:2:7: error E1204: 'keys.operator' is missing", "p.yaml:3:21: error E1203: bad value '-1' for 'resources.slots'",
            "p.yaml:3:46:", "p.yaml:4:22:", "did you mean 'load-curve'?", "p.yaml:4:40:", "did you mean 'optimistic'?", "'listen.api'", "'listen.publicUrl'", "p.yaml:7:",
        })
        {
            Assert.Contains(start, fault.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("strategy: load-curve, price: 0.02", "'pricing.busyPrice' is missing")]
    [InlineData("strategy: fixed, price: 0.02, busyPrice: 0.05", "use strategy load-curve")]
    [InlineData("strategy: load-curve, price: 0.02, busyPrice: 0.01", "is below")]
    public void Read_OfPricesThatMakeNoCurve_SaysWhy(string pricing, string reason)
    {
        var fault = Assert.Throws<MarketException>(() => ProviderConfigFile.Parse("p.yaml", $"name: n\nkeys: {{ owner: a, operator: b }}\npricing: {{ {pricing} }}\n")).Fault;

        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
        Assert.Contains("p.yaml:3:", fault.Message, StringComparison.Ordinal);
    }
}
