using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Drills;

/// <summary>One market for the drills that leave it as they found it.</summary>
[CollectionDefinition(Name)]
public sealed class DrillMarket : ICollectionFixture<LocalMarketFixture>
{
    public const string Name = "drills";
}
