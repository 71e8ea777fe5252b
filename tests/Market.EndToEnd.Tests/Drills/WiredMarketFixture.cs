using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Drills;

/// <summary>A local market whose connections can be held up and cut.</summary>
public sealed class WiredMarketFixture : LocalMarketFixture
{
    protected override string[] StartArguments => ["--nodes", "3", "--switchboard"];
}
