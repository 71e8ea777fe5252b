using System.Text.Json;
using Market.Client.Faults;

namespace Market.Client.Configuration;

/// <summary>The profiles of one user: a JSON file each, and a file that names the one in use.</summary>
public sealed class ProfileStore(MarketHome home)
{
    private const string CurrentFile = "current";

    /// <summary>Names of all profiles, in order.</summary>
    public IReadOnlyList<string> Names() => Directory.Exists(home.Profiles)
        ? [.. Directory.EnumerateFiles(home.Profiles, "*.json").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Name of the profile in use, or null.</summary>
    public string? Current()
    {
        var file = Path.Combine(home.Profiles, CurrentFile);
        return File.Exists(file) ? File.ReadAllText(file).Trim() : null;
    }

    /// <summary>The profile <paramref name="name"/>, or without a name the one in use.</summary>
    /// <exception cref="MarketException">There is none, or its file is not valid.</exception>
    public Profile Read(string? name)
    {
        name ??= Current() ?? (Names() is [var only] ? only : null);
        if (name is null)
        {
            throw new MarketException("E1110", ExitCode.Usage, "No market is chosen: there is no profile in use.", "market dev up (a local market), or market profile use <name>");
        }

        var file = FileOf(name);
        if (!File.Exists(file))
        {
            var known = Names();
            throw new MarketException(
                "E1111", ExitCode.Usage, $"There is no profile '{name}'.", known.Count == 0 ? "market dev up" : $"choose one of: {string.Join(", ", known)}");
        }

        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(file), ProfileJson.Default.Profile)
                ?? throw new JsonException("the file is empty");
        }
        catch (JsonException e)
        {
            throw new MarketException("E1112", ExitCode.FileInvalid, $"Profile '{name}' cannot be read: {e.Message}", $"mend or remove {file}", e);
        }
    }

    /// <summary>Writes a profile, in place of one of the same name.</summary>
    public void Write(Profile profile)
    {
        MarketHome.CreatePrivate(home.Profiles);
        File.WriteAllText(FileOf(profile.Name), JsonSerializer.Serialize(profile, ProfileJson.Default.Profile));
    }

    /// <summary>Chooses the profile that commands use from now on.</summary>
    /// <exception cref="MarketException">There is no such profile.</exception>
    public void Use(string name)
    {
        _ = Read(name);
        File.WriteAllText(Path.Combine(home.Profiles, CurrentFile), name);
    }

    /// <summary>Removes a profile, if it exists.</summary>
    public void Remove(string name)
    {
        File.Delete(FileOf(name));
        if (Current() == name) File.Delete(Path.Combine(home.Profiles, CurrentFile));
    }

    private string FileOf(string name)
    {
        if (name.Length is 0 or > 64 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')) || name[0] == '.')
        {
            throw new MarketException("E1113", ExitCode.Usage, $"'{name}' is no profile name.", "use letters, digits, dashes, underscores and dots");
        }

        return Path.Combine(home.Profiles, name + ".json");
    }
}
