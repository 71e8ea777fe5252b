using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Drills;

/// <summary>A local market whose connections can be held up and cut, and, on an anvil that <c>MARKET_ANVIL</c> names, whose chain can be killed.</summary>
public class WiredMarketFixture : LocalMarketFixture
{
    protected override string[] StartArguments => 
        ["--nodes", "3", "--switchboard", .. Environment.GetEnvironmentVariable("MARKET_ANVIL") is { Length: > 0 } anvil ? ["--anvil", anvil] : Array.Empty<string>()];
}

/// <summary>The same for the long drills, which most runs skip.</summary>
public sealed class SoakMarketFixture : WiredMarketFixture
{
    protected override bool IsWanted => Soak.IsAsked;
}
