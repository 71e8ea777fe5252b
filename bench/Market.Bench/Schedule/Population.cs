using System.Collections.Immutable;
using Market.Domain.Books;
using Market.Domain.Identity;
using Market.Domain.Money;
using Market.Domain.Planning;

namespace Market.Bench.Schedule;

/// <summary>What synthetic devices are drawn from. Times in seconds.</summary>
/// <param name="Devices">How many.</param>
/// <param name="Stragglers">Share of devices that run at a tenth of what they attested.</param>
/// <param name="Seed">Of everything that is drawn.</param>
internal sealed record PopulationOptions(int Devices, double Stragglers, int Seed)
{
    /// <summary>Lanes are 1 to this, equally likely.</summary>
    public const int MostLanes = 4;

    /// <summary>Attested speed is log-normal around 1000 Mfuel/s with this sigma.</summary>
    public const double SpeedSigma = 0.35;

    /// <summary>A lease takes log-normally more or less than its speed says.</summary>
    public const double NoiseSigma = 0.1;

    /// <summary>Mean time until a device goes down, exponential.</summary>
    public const double MeanUp = 4 * 3600;

    /// <summary>Mean time until it is back, exponential.</summary>
    public const double MeanDown = 600;

    /// <summary>What a straggler is slower by.</summary>
    public const int Slowness = 10;

    /// <summary>Share of stragglers that say nothing and hand nothing back.</summary>
    public const double Silent = 0.5;
}

/// <summary>One synthetic device.</summary>
/// <param name="Bid">What it asks and attests.</param>
/// <param name="Speed">Fuel per second and lane that it really runs.</param>
/// <param name="IsSilent">Whether it sends no beats and hands nothing back.</param>
/// <param name="Outages">When it is down, in order.</param>
internal sealed record VirtualDevice(StandingBid Bid, double Speed, bool IsSilent, ImmutableArray<(double From, double Until)> Outages)
{
    /// <summary>Whether it is up at <paramref name="time"/>.</summary>
    public bool IsUp(double time) => !Outages.Any(outage => outage.From <= time && time < outage.Until);

    /// <summary>The next moment from <paramref name="time"/> on at which it goes down.</summary>
    public double DownAt(double time) => Outages.Where(outage => outage.From >= time).Select(outage => outage.From).DefaultIfEmpty(double.MaxValue).First();

    /// <summary>Seconds that it is up between two moments.</summary>
    public double UpWithin(double from, double until) =>
        until - from - Outages.Sum(outage => Math.Max(0, Math.Min(until, outage.Until) - Math.Max(from, outage.From)));
}

/// <summary>Synthetic devices from stated distributions.</summary>
internal static class Population
{
    /// <summary>Prices are this many ticks apart at most: the dearest is twice the cheapest, which is what the planner lets a faster job cost.</summary>
    public const int MostTicks = 32;

    private const double Horizon = 200_000;

    public static readonly MarketRules Rules = new(FeeBps: 100, MaxLeaseSeconds: 3_600, MaxWindowSeconds: 86_400, GraceSeconds: 10, new Amount(UInt128.One << 60), MaxFills: 96);

    public static ImmutableArray<VirtualDevice> Draw(PopulationOptions options)
    {
        var random = new Random(options.Seed);
        var devices = ImmutableArray.CreateBuilder<VirtualDevice>(options.Devices);
        for (var i = 1; i <= options.Devices; i++)
        {
            var lanes = (ushort)random.Next(1, PopulationOptions.MostLanes + 1);
            var score = (ushort)Math.Clamp(Math.Round(1_000 * Math.Exp(PopulationOptions.SpeedSigma * Normal(random))), 200, 5_000);
            var bid = new StandingBid(
                new DeviceId((uint)i), new ClassKey(RuntimeKind.Wasm, AttestationLevel.Benchmarked), new Tick(700 + random.Next(MostTicks)), lanes, lanes,
                Start.Plus(1_000_000), 0xFF, score, 1_024, new Amount(UInt128.One << 100));
            var straggles = random.NextDouble() < options.Stragglers;
            var silent = random.NextDouble() < PopulationOptions.Silent;
            devices.Add(new VirtualDevice(bid, score * 1e6 / (straggles ? PopulationOptions.Slowness : 1), straggles && silent, Outages(random)));
        }

        return devices.MoveToImmutable();
    }

    /// <summary>The block time at which a job is posted.</summary>
    public static UnixTime Start { get; } = new(1_800_000_000);

    public static MarketSnapshot Market(ImmutableArray<VirtualDevice> devices) => new(Start, Rules, [.. devices.Where(device => device.IsUp(0)).Select(device => device.Bid)]);

    /// <summary>A draw from the standard normal distribution (Box and Muller 1958).</summary>
    public static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static ImmutableArray<(double, double)> Outages(Random random)
    {
        var outages = ImmutableArray.CreateBuilder<(double, double)>();
        for (var time = Exponential(random, PopulationOptions.MeanUp); time < Horizon;)
        {
            var until = time + Exponential(random, PopulationOptions.MeanDown);
            outages.Add((time, until));
            time = until + Exponential(random, PopulationOptions.MeanUp);
        }

        return outages.ToImmutable();
    }

    private static double Exponential(Random random, double mean) => -mean * Math.Log(1 - random.NextDouble());
}
