using System.Collections.Immutable;
using Market.Domain.Books;
using Market.Domain.Identity;
using Market.Domain.Jobs;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Domain.Planning;
using Market.Domain.Planning.Graphs;
using Market.Hashing;

namespace Market.Unit.Tests.Domain.Planning;

/// <summary>A job of random stages and a random market, both from one seed.</summary>
internal sealed class RandomGraph
{
    public static readonly UnixTime Now = new(1_800_000_000);
    public static readonly MarketRules Rules = new(FeeBps: 100, MaxLeaseSeconds: 3_600, MaxWindowSeconds: 86_400, GraceSeconds: 10, new Amount(50_000_000_000), MaxFills: 96);

    private readonly Random _random;

    private RandomGraph(Random random) => _random = random;

    public static (GraphRequest Request, MarketSnapshot Market) Of(int seed)
    {
        var graph = new RandomGraph(new Random(seed));
        return (graph.Request(), graph.Market());
    }

    private GraphRequest Request()
    {
        var stages = ImmutableArray.CreateBuilder<StageSpec>();
        var estimates = ImmutableArray.CreateBuilder<StageEstimate>();
        var sla = new SlaSpec(TimeSpan.FromSeconds(_random.Next(30, 3_000)), null, Verdict.Optimistic, [], AttestationLevel.SelfDeclared, TimeSpan.FromSeconds(_random.Next(1, 60)));
        for (var i = _random.Next(1, 9); i > 0; i--)
        {
            var parents = stages.Where(_ => _random.Next(3) == 0).Select(stage => stage.Id).ToImmutableArray();
            stages.Add(new StageSpec(
                StageId.Parse($"s{stages.Count}"), new TaskSpec("a.wasm", []), parents.IsEmpty ? new RangeInputs(0, 9) : new AllInputs(parents, Join.Framed),
                LimitSpec.Default, sla with { Start = (StartOn)_random.Next(2) }));
            var likely = (uint)_random.Next(1, 500);
            var fuel = (ulong)_random.Next(1_000_000, 2_000_000_000);
            estimates.Add(new StageEstimate(likely, likely + (uint)_random.Next(100), new FuelRange(new Fuel(fuel / 2), new Fuel(fuel), new Fuel(fuel + (ulong)_random.Next(1_000_000_000)))));
        }

        Assert.True(Template.TryParse("{index}", out var name, out _));
        return new GraphRequest
        {
            Job = new JobSpec("job", stages.ToImmutable(), new OutputSpec(stages[^1].Id, "out", name!, null), sla, new FailureSpec(_random.Next(4), AfterFailure.Stop)),
            Stages = estimates.ToImmutable(),
            Budget = new Amount(UInt128.One << _random.Next(12, 30)),
            OwnBudgets = [.. stages.Select(_ => (Amount?)null)],
            Consumer = Address.Zero,
        };
    }

    private MarketSnapshot Market() => new(Now, Rules, [.. Enumerable.Range(1, _random.Next(1, 40)).Select(i => Bid((uint)i, 700 + _random.Next(100), (ushort)_random.Next(1, 5), (ushort)_random.Next(100, 3_000)))]);

    public static StandingBid Bid(uint device, int tick = 700, ushort lanes = 1, ushort score = 1_000) => new(
        new DeviceId(device), new ClassKey(RuntimeKind.Wasm, AttestationLevel.Benchmarked), new Tick(tick), lanes, lanes, Now.Plus(30_000), 0xFF, score, 1_024, new Amount(1_000_000_000_000));
}
