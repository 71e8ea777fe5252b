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
            Keys = new ProviderKeys { Owner = "alice", Operator = "node-1-operator" },
            Resources = new ProviderResources { Slots = 3 },
            Pricing = new ProviderPricing { Price = "0.015" },
            Serves = new ProviderServes { Verification = ["optimistic"], Region = 7 },
        };

        ProviderConfigFile.Write(_file, config);
        var read = ProviderConfigFile.Read(_file);

        Assert.Equal(["optimistic"], read.Serves.Verification);
        Assert.Equal(config with { Serves = read.Serves }, read);
        Assert.Equal(7, read.Serves.Region);
    }

    [Fact]
    public void Read_OfAnUnknownKey_NamesTheLine()
    {
        File.WriteAllText(_file, "name: n\nresorces: { slots: 2 }\n");

        var fault = Assert.Throws<MarketException>(() => ProviderConfigFile.Read(_file)).Fault;

        Assert.Equal(ExitCode.FileInvalid, fault.Exit);
        Assert.Contains(":2:1:", fault.Message, StringComparison.Ordinal);
        Assert.Contains("resorces", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OfSeveralFaults_ListsThemAll()
    {
        File.WriteAllText(_file, "name: n\nkeys: { owner: a, operator: b }\nresources: { slots: -1 }\npricing: { price: free }\nlisten: { api: nowhere }\n");

        var fault = Assert.Throws<MarketException>(() => ProviderConfigFile.Read(_file)).Fault;

        foreach (var key in new[] { "resources.slots", "pricing.price", "listen.api" }) Assert.Contains(key, fault.Message, StringComparison.Ordinal);
    }
}
