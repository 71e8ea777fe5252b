using System.Globalization;
using System.Net;
using Market.Client.JobFiles;

namespace Market.Client.Providers;

/// <summary>Binds <c>provider.yaml</c>, reporting every fault with its place. What is not written keeps its default.</summary>
internal sealed class ProviderConfigBinder(DiagnosticBag faults)
{
    private static readonly ProviderConfig Defaults = new();

    /// <summary>The configuration; of use only if <paramref name="faults"/> stays without errors.</summary>
    public static ProviderConfig Bind(YamlNode? root, DiagnosticBag faults)
    {
        if (root is YamlMap map) return new ProviderConfigBinder(faults).Bind(new MapReader(map, "", faults, []));
        if (root is not null) faults.Error("E1206", $"a provider file is a mapping, not {root.Kind}", root.Span);
        return Defaults;
    }

    private ProviderConfig Bind(MapReader file)
    {
        var config = new ProviderConfig
        {
            Name = Text(file, "name", "", IsName, "1 to 40 letters, digits, dashes or underscores", required: true),
            Profile = Text(file, "profile", Defaults.Profile, v => v.Length > 0, "a profile's name"),
            Data = Text(file, "data", Defaults.Data, v => v.Length > 0, "a folder"),
            Keys = Keys(file.Map("keys", required: true)),
            Resources = Resources(file.Map("resources")),
            Pricing = Pricing(file.Map("pricing")),
            Serves = Serves(file.Map("serves")),
            Listen = Listen(file.Map("listen")),
            Keeping = Keeping(file.Map("keeping")),
            Checking = Checking(file.Map("checking")),
            Challenging = Challenging(file.Map("challenging")),
            Drain = Drain(file.Map("drain")),
        };
        file.Finish();
        return config;
    }

    private ProviderKeys Keys(MapReader? keys)
    {
        if (keys is null) return Defaults.Keys;
        var read = new ProviderKeys
        {
            Owner = Text(keys, "owner", "", v => v.Length > 0, "a wallet's name", required: true),
            Operator = Text(keys, "operator", "", v => v.Length > 0, "a wallet's name", required: true),
            PasswordFile = keys.Text("passwordFile")?.Value,
        };
        keys.Finish();
        return read;
    }

    private static ProviderResources Resources(MapReader? resources)
    {
        if (resources is null) return Defaults.Resources;
        var read = new ProviderResources
        {
            Slots = Number(resources, "slots", 0, 1024, Defaults.Resources.Slots),
            MemoryPerTaskletMiB = Number(resources, "memoryPerTaskletMiB", 16, 4096, Defaults.Resources.MemoryPerTaskletMiB),
            DiskMiB = Number(resources, "diskMiB", 64, int.MaxValue, Defaults.Resources.DiskMiB),
        };
        resources.Finish();
        return read;
    }

    private ProviderPricing Pricing(MapReader? pricing)
    {
        if (pricing is null) return Defaults.Pricing;
        var strategy = pricing.Word("strategy", ProviderPricing.Fixed, ProviderPricing.LoadCurve) ?? Defaults.Pricing.Strategy;
        var price = Text(pricing, "price", Defaults.Pricing.Price, IsPrice, "a positive decimal, such as 0.02");
        var busy = pricing.Text("busyPrice");
        if (strategy == ProviderPricing.Fixed && busy is not null)
        {
            faults.Error("E1203", "'pricing.busyPrice' has no meaning with strategy fixed: use strategy load-curve", busy.Span);
        }

        if (strategy == ProviderPricing.LoadCurve && busy is null) faults.Error("E1204", "'pricing.busyPrice' is missing: what it asks when every lane is busy", pricing.Span);
        if (busy is not null && !IsPrice(busy.Value)) faults.Error("E1203", $"bad value '{busy.Value}' for 'pricing.busyPrice': expected a positive decimal, such as 0.06", busy.Span);
        else if (busy is not null && IsPrice(price) && Price(busy.Value) < Price(price)) faults.Error("E1203", $"'pricing.busyPrice' {busy.Value} is below 'pricing.price' {price}", busy.Span);

        var hold = Number(pricing, "holdSeconds", 1, 86_400, Defaults.Pricing.HoldSeconds);
        pricing.Finish();
        return new ProviderPricing { Strategy = strategy, Price = price, BusyPrice = busy?.Value, HoldSeconds = hold };
    }

    private ProviderServes Serves(MapReader? serves)
    {
        if (serves is null) return Defaults.Serves;
        var verification = Defaults.Serves.Verification;
        if (serves.Texts("verification") is { } words)
        {
            string[] known = ["trusted", "optimistic"];
            foreach (var word in words.Where(w => !known.Contains(w.Value, StringComparer.Ordinal)))
            {
                faults.Error("E1203", $"bad value '{word.Value}' in 'serves.verification': expected trusted or optimistic{DidYouMean.Suffix(word.Value, known)}", word.Span);
            }

            if (words.IsEmpty) faults.Error("E1203", "'serves.verification' is empty: a device that serves nothing is never leased", serves.KeySpan("verification"));
            verification = [.. words.Select(w => w.Value)];
        }

        var read = new ProviderServes
        {
            Verification = verification,
            AttestationLevel = Number(serves, "attestationLevel", 0, 1, Defaults.Serves.AttestationLevel),
            Region = Number(serves, "region", 0, 255, Defaults.Serves.Region),
        };
        serves.Finish();
        return read;
    }

    private ProviderListen Listen(MapReader? listen)
    {
        if (listen is null) return Defaults.Listen;
        var read = new ProviderListen
        {
            Api = Text(listen, "api", Defaults.Listen.Api, IsEndPoint, "host address and port, such as 127.0.0.1:7443"),
            Health = Text(listen, "health", Defaults.Listen.Health, IsEndPoint, "host address and port, such as 127.0.0.1:9464"),
            PublicUrl = listen.Has("publicUrl") ? Text(listen, "publicUrl", "", IsHttps, "an https URL") : null,
        };
        listen.Finish();
        return read;
    }

    private static ProviderKeeping Keeping(MapReader? keeping)
    {
        if (keeping is null) return Defaults.Keeping;
        var read = new ProviderKeeping { Enabled = keeping.Value<bool>("enabled", bool.TryParse, "true or false") ?? Defaults.Keeping.Enabled };
        keeping.Finish();
        return read;
    }

    private static ProviderChecking Checking(MapReader? checking)
    {
        if (checking is null) return Defaults.Checking;
        var read = new ProviderChecking { TimePercent = Number(checking, "timePercent", 0, 1_000, Defaults.Checking.TimePercent) };
        checking.Finish();
        return read;
    }

    private static ProviderChallenging Challenging(MapReader? challenging)
    {
        if (challenging is null) return Defaults.Challenging;
        var defaults = Defaults.Challenging;
        var read = new ProviderChallenging
        {
            Enabled = challenging.Value<bool>("enabled", bool.TryParse, "true or false") ?? defaults.Enabled,
            LeaseSharePercent = Number(challenging, "leaseSharePercent", 0, 100, defaults.LeaseSharePercent),
            TaskletSharePercent = Number(challenging, "taskletSharePercent", 0, 100, defaults.TaskletSharePercent),
            MaxGames = Number(challenging, "maxGames", 1, 1_000, defaults.MaxGames),
            MaxGamesPerConsumer = Number(challenging, "maxGamesPerConsumer", 1, 1_000, defaults.MaxGamesPerConsumer),
            MaxGamesPerModule = Number(challenging, "maxGamesPerModule", 1, 1_000, defaults.MaxGamesPerModule),
            Demands = challenging.Value<bool>("demands", bool.TryParse, "true or false") ?? defaults.Demands,
        };
        challenging.Finish();
        return read;
    }

    private static ProviderDrain Drain(MapReader? drain)
    {
        if (drain is null) return Defaults.Drain;
        var read = new ProviderDrain { DeadlineSeconds = Number(drain, "deadlineSeconds", 0, 86_400, Defaults.Drain.DeadlineSeconds) };
        drain.Finish();
        return read;
    }

    private string Text(MapReader map, string key, string fallback, Func<string, bool> accept, string expected, bool required = false)
    {
        if (map.Text(key, required) is not { } text) return fallback;
        if (!accept(text.Value)) faults.Error("E1203", $"bad value '{text.Value}' for {map.Name(key)}: expected {expected}", text.Span);
        return text.Value;
    }

    private static int Number(MapReader map, string key, int least, int most, int fallback) =>
        map.Value<int>(key, TryNumber, most == int.MaxValue ? $"at least {least}" : $"{least} to {most}", v => v >= least && v <= most) ?? fallback;

    private static bool TryNumber(string? text, out int value) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    private static decimal? Price(string text) => decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var price) ? price : null;

    private static bool IsPrice(string text) => Price(text) > 0;

    private static bool IsName(string text) => text.Length is > 0 and <= 40 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static bool IsEndPoint(string text) => IPEndPoint.TryParse(text, out _);

    private static bool IsHttps(string text) => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme == "https";
}
