using System.Globalization;
using Market.Client.Faults;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Market.Client.Providers;

/// <summary>Reads, checks and writes <c>provider.yaml</c>.</summary>
public static class ProviderConfigFile
{
    /// <summary>Largest file that is read, bytes.</summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>Reads and checks the file.</summary>
    /// <exception cref="MarketException">It is missing or not valid; every fault is listed.</exception>
    public static ProviderConfig Read(string path)
    {
        if (!File.Exists(path)) throw new MarketException("E1401", ExitCode.FileInvalid, $"There is no provider file {path}.", "market provider init");
        if (new FileInfo(path).Length > MaxLength) throw new MarketException("E1402", ExitCode.FileInvalid, $"{path} is larger than {MaxLength} bytes.", "market provider init writes a fresh one");

        ProviderConfig config;
        try
        {
            var reader = new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).Build();
            config = reader.Deserialize<ProviderConfig>(File.ReadAllText(path)) ?? new ProviderConfig();
        }
        catch (YamlException e)
        {
            var cause = e.InnerException?.Message ?? e.Message;
            throw new MarketException("E1403", ExitCode.FileInvalid, $"{path}:{e.Start.Line}:{e.Start.Column}: {cause}", "mend the line; market provider init --help lists the settings", e);
        }

        var faults = Faults(config).ToList();
        if (faults.Count == 0) return config;
        throw new MarketException("E1404", ExitCode.FileInvalid, $"{path}: {string.Join("; ", faults)}", "mend the file");
    }

    /// <summary>Writes the file for its owner alone.</summary>
    public static void Write(string path, ProviderConfig config)
    {
        var writer = new SerializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull).Build();
        File.WriteAllText(path, $"# A device of the market. Reference: docs/operations.md\n{writer.Serialize(config)}");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private static IEnumerable<string> Faults(ProviderConfig config)
    {
        if (config.Name.Length is 0 or > 40 || !config.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')) yield return "name: 1 to 40 letters, digits, dashes or underscores";
        if (config.Keys.Owner.Length == 0) yield return "keys.owner: name a wallet";
        if (config.Keys.Operator.Length == 0) yield return "keys.operator: name a wallet";
        if (config.Resources.Slots is < 0 or > 1024) yield return "resources.slots: 0 to 1024";
        if (config.Resources.MemoryPerTaskletMiB is < 16 or > 4096) yield return "resources.memoryPerTaskletMiB: 16 to 4096";
        if (config.Resources.DiskMiB < 64) yield return "resources.diskMiB: at least 64";
        if (config.Pricing.Strategy != "fixed") yield return $"pricing.strategy: '{config.Pricing.Strategy}' is not known; use fixed";
        if (!decimal.TryParse(config.Pricing.Price, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var price) || price <= 0) yield return "pricing.price: a positive decimal, such as 0.02";
        if (config.Serves.Verification.Length == 0 || config.Serves.Verification.Any(v => v is not ("trusted" or "optimistic"))) yield return "serves.verification: trusted, optimistic or both";
        if (config.Serves.AttestationLevel is < 0 or > 1) yield return "serves.attestationLevel: 0 or 1";
        if (config.Serves.Region is < 0 or > 255) yield return "serves.region: 0 to 255";
        if (!System.Net.IPEndPoint.TryParse(config.Listen.Api, out _)) yield return "listen.api: host address and port, such as 127.0.0.1:7443";
        if (!System.Net.IPEndPoint.TryParse(config.Listen.Health, out _)) yield return "listen.health: host address and port, such as 127.0.0.1:9464";
        if (config.Drain.DeadlineSeconds is < 0 or > 86_400) yield return "drain.deadlineSeconds: 0 to 86400";
        if (config.Listen.PublicUrl is { } url && !(Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme == "https")) yield return "listen.publicUrl: an https URL";
    }
}
