using System.Security.Cryptography;
using Market.Client.Configuration;
using Market.Client.Faults;
using Market.Ethereum.Keystore;
using Market.Ethereum.Signing;
using Market.Hashing;

namespace Market.Client.Wallets;

/// <summary>A wallet without its key.</summary>
/// <param name="Name">Name on the command line.</param>
/// <param name="Account">Its account, as the file says.</param>
public sealed record Wallet(string Name, Address Account);

/// <summary>The wallets of one user: a V3 keystore file each, and a file that names the chosen one.</summary>
public sealed class WalletStore(MarketHome home)
{
    private const string CurrentFile = "current";
    private const string Extension = ".json";

    /// <summary>All wallets by name. Files that are no keystore are left out.</summary>
    public IReadOnlyList<Wallet> List() =>
        [.. Names().Select(n => (Name: n, Account: KeystoreV3.AddressOf(File.ReadAllText(FileOf(n))))).Where(w => w.Account is not null).Select(w => new Wallet(w.Name, w.Account!.Value))];

    /// <summary>Name of the chosen wallet, or null.</summary>
    public string? Current()
    {
        var file = Path.Combine(home.Wallets, CurrentFile);
        return File.Exists(file) ? File.ReadAllText(file).Trim() : null;
    }

    /// <summary>The wallet <paramref name="name"/>; without a name the chosen or the only one.</summary>
    /// <exception cref="MarketException">There is none (E1101, E1102).</exception>
    public Wallet Find(string? name)
    {
        var wallets = List();
        name ??= Current() ?? (wallets is [var only] ? only.Name : null);
        if (name is null)
        {
            throw new MarketException(
                "E1101",
                ExitCode.Wallet,
                wallets.Count == 0 ? "There is no wallet." : "No wallet is chosen.",
                wallets.Count == 0 ? "market wallet new, or market wallet import --file <keystore>" : $"--wallet <name>, or market wallet use <name>: {string.Join(", ", wallets.Select(w => w.Name))}");
        }

        return wallets.FirstOrDefault(w => w.Name == name)
            ?? throw new MarketException("E1102", ExitCode.Wallet, $"There is no wallet '{name}'.", "market wallet list");
    }

    /// <summary>Chooses the wallet that commands use from now on.</summary>
    /// <exception cref="MarketException">There is no such wallet.</exception>
    public void Use(string name)
    {
        _ = Find(name);
        File.WriteAllText(Path.Combine(home.Wallets, CurrentFile), name);
    }

    /// <summary>Chooses the only wallet, if there is just one and none is chosen, so that it stays the one in use when others join it.</summary>
    public void UseOnly()
    {
        if (Current() is null && List() is [var only]) Use(only.Name);
    }

    /// <summary>Makes a wallet with a new key.</summary>
    /// <exception cref="MarketException">The name is taken (E1104) or no name (E1105).</exception>
    public Task<Wallet> CreateAsync(string name, string password, ScryptCost cost, RandomNumberGenerator random, CancellationToken cancel) =>
        AddAsync(name, EthereumKey.Generate(random), password, cost, random, cancel);

    /// <summary>Makes a wallet of a key.</summary>
    /// <exception cref="MarketException">The name is taken (E1104) or no name (E1105).</exception>
    public async Task<Wallet> AddAsync(string name, EthereumKey key, string password, ScryptCost cost, RandomNumberGenerator random, CancellationToken cancel)
    {
        var file = FileOf(name);
        RefuseTaken(name, file);
        var json = await Task.Run(() => KeystoreV3.Encrypt(key, password, cost, random), cancel);
        try
        {
            await KeystoreFile.CreateAsync(file, json, cancel);
        }
        catch (IOException) when (File.Exists(file))
        {
            RefuseTaken(name, file);
        }

        return new Wallet(name, key.Address);
    }

    /// <summary>The key of a wallet. Takes about a second for a file of standard cost.</summary>
    /// <exception cref="MarketException">No such wallet (E1102), wrong password (E1103), or a file of another kind (E1107).</exception>
    public async Task<EthereumKey> UnlockAsync(string name, string password, CancellationToken cancel)
    {
        var wallet = Find(name);
        return await OpenAsync(await File.ReadAllTextAsync(FileOf(wallet.Name), cancel), name, password, cancel);
    }

    /// <summary>The key in a keystore file's text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="name">What the text is called in messages.</param>
    /// <param name="password">Its password.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="MarketException">Wrong password (E1103), or a file of another kind (E1107).</exception>
    public static async Task<EthereumKey> OpenAsync(string json, string name, string password, CancellationToken cancel)
    {
        EthereumKey? key = null;
        var fault = await Task.Run(() => KeystoreV3.Decrypt(json, password, out key), cancel);
        return fault switch
        {
            KeystoreFault.WrongPassword => throw new MarketException(
                "E1103", ExitCode.Wallet, $"Wrong password for '{name}' (the keystore is untouched).", $"try again, or name the right file in {WalletPassword.FileVariable}"),
            KeystoreFault.None => key!,
            _ => throw new MarketException("E1107", ExitCode.Wallet, $"'{name}' is no V3 keystore that can be opened.", "export it as V3 JSON (scrypt or pbkdf2, aes-128-ctr)"),
        };
    }

    private static void RefuseTaken(string name, string file)
    {
        if (File.Exists(file)) throw new MarketException("E1104", ExitCode.Wallet, $"There is a wallet '{name}' already; wallets are never overwritten.", "choose another name");
    }

    private IEnumerable<string> Names() => Directory.Exists(home.Wallets)
        ? Directory.EnumerateFiles(home.Wallets, "*" + Extension).Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)
        : [];

    private string FileOf(string name)
    {
        if (name.Length is 0 or > 64 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')) || name[0] == '.')
        {
            throw new MarketException("E1105", ExitCode.Usage, $"'{name}' is no wallet name.", "use letters, digits, dashes, underscores and dots");
        }

        return Path.Combine(home.Wallets, name + Extension);
    }
}
