using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Drills;

/// <summary>A local market whose connections can be held up and cut, and, on an anvil that <c>MARKET_ANVIL</c> names, whose chain can be killed.</summary>
public sealed class WiredMarketFixture : LocalMarketFixture
{
    protected override string[] StartArguments => 
        ["--nodes", "3", "--switchboard", .. Environment.GetEnvironmentVariable("MARKET_ANVIL") is { Length: > 0 } anvil ? ["--anvil", anvil] : Array.Empty<string>()];
}
