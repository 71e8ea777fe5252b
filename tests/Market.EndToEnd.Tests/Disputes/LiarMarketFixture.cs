using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Disputes;

/// <summary>A market of four nodes: the cheapest lies, the next throws away what it committed to, two are honest.</summary>
public sealed class LiarMarketFixture : LocalMarketFixture
{
    public const string Liar = "node-1";

    protected override string[] StartArguments => ["--nodes", "4", "--liar", "value,vanish"];
}
