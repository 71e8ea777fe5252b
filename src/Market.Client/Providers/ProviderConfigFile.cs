using Market.Client.Faults;
using Market.Client.JobFiles;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Market.Client.Providers;

/// <summary>Reads, checks and writes <c>provider.yaml</c>.</summary>
public static class ProviderConfigFile
{
    /// <summary>Largest file that is read, bytes.</summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>Reads and checks the file.</summary>
    /// <exception cref="MarketException">It is missing or not valid; every fault is listed with its line.</exception>
    public static ProviderConfig Read(string path)
    {
        if (!File.Exists(path)) throw new MarketException("E1401", ExitCode.FileInvalid, $"There is no provider file {path}.", "market provider init");
        if (new FileInfo(path).Length > MaxLength) throw new MarketException("E1402", ExitCode.FileInvalid, $"{path} is larger than {MaxLength} bytes.", "market provider init writes a fresh one");
        try
        {
            return Parse(path, File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MarketException("E1403", ExitCode.FileInvalid, $"Cannot read {path}: {e.Message}", "check its owner and mode", e);
        }
    }

    /// <summary>Reads and checks a file's text.</summary>
    /// <param name="name">The file's name in messages.</param>
    /// <param name="text">YAML.</param>
    /// <exception cref="MarketException">It is not valid; every fault is listed with its line.</exception>
    public static ProviderConfig Parse(string name, string text)
    {
        var faults = new DiagnosticBag();
        var config = ProviderConfigBinder.Bind(YamlDocumentReader.Read(text, faults), faults);
        if (!faults.HasErrors) return config;
        var source = new SourceText(name, text);
        var list = string.Join('\n', faults.Sorted().Select(d => d.Render(source)));
        throw new MarketException("E1404", ExitCode.FileInvalid, $"{name} is not valid.\n{list}", "mend the lines; docs/operations.md lists the settings");
    }

    /// <summary>Writes the file for its owner alone.</summary>
    public static void Write(string path, ProviderConfig config)
    {
        var writer = new SerializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull).Build();
        File.WriteAllText(path, $"# A device of the market. Reference: docs/operations.md\n{writer.Serialize(config)}");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
