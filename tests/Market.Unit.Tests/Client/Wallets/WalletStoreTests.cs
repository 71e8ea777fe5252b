using System.Security.Cryptography;
using Market.Client.Configuration;
using Market.Client.Faults;
using Market.Client.Wallets;
using Market.Ethereum.Keystore;

namespace Market.Unit.Tests.Client.Wallets;

public sealed class WalletStoreTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("wallets");
    private readonly RandomNumberGenerator _random = RandomNumberGenerator.Create();
    private readonly WalletStore _store;

    public WalletStoreTests() => _store = new WalletStore(new MarketHome(_folder.FullName));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AWallet_OpensWithItsPasswordOnly()
    {
        var wallet = await CreateAsync("alice");

        Assert.Equal(wallet.Account, (await _store.UnlockAsync("alice", "secret", Cancel)).Address);
        var fault = await Assert.ThrowsAsync<MarketException>(() => _store.UnlockAsync("alice", "guess", Cancel));
        Assert.Equal(("E1103", ExitCode.Wallet), (fault.Fault.Code, fault.Fault.Exit));
    }

    [Fact]
    public async Task TheOnlyWallet_StaysInUse_WhenOthersJoinIt()
    {
        var first = await CreateAsync("alice");
        Assert.Equal(first, _store.Find(null));

        _store.UseOnly();
        await CreateAsync("alpha-owner");
        _store.UseOnly();

        Assert.Equal(first, _store.Find(null));
    }

    [Fact]
    public async Task AWallet_IsNeverOverwritten()
    {
        var first = await CreateAsync("alice");

        var fault = await Assert.ThrowsAsync<MarketException>(() => CreateAsync("alice"));

        Assert.Equal("E1104", fault.Fault.Code);
        Assert.Equal(first, Assert.Single(_store.List()));
    }

    [Fact]
    public async Task Find_WithoutAName_TakesTheChosenOrTheOnlyOne()
    {
        Assert.Equal("E1101", Assert.Throws<MarketException>(() => _store.Find(null)).Fault.Code);
        var alice = await CreateAsync("alice");
        Assert.Equal(alice, _store.Find(null));
        var bob = await CreateAsync("bob");
        Assert.Equal("E1101", Assert.Throws<MarketException>(() => _store.Find(null)).Fault.Code);

        _store.Use("bob");

        Assert.Equal(bob, _store.Find(null));
        Assert.Equal("E1102", Assert.Throws<MarketException>(() => _store.Use("carol")).Fault.Code);
    }

    [Theory]
    [InlineData("../alice")]
    [InlineData("")]
    [InlineData(".hidden")]
    public async Task AName_ThatCouldLeaveTheFolder_IsRefused(string name) =>
        Assert.Equal("E1105", (await Assert.ThrowsAsync<MarketException>(() => CreateAsync(name))).Fault.Code);

    [Fact]
    public async Task APasswordFile_GivesItsFirstLine()
    {
        var file = Path.Combine(_folder.FullName, "password");
        await File.WriteAllTextAsync(file, "secret\nnotes\n", Cancel);

        Assert.Equal("secret", await WalletPassword.FromFileAsync(file, Cancel));
        Assert.Null(await WalletPassword.FromFileAsync(null, Cancel));
        Assert.Equal("E1115", (await Assert.ThrowsAsync<MarketException>(() => WalletPassword.FromFileAsync(file + "x", Cancel))).Fault.Code);
    }

    public void Dispose()
    {
        _random.Dispose();
        _folder.Delete(recursive: true);
    }

    private Task<Wallet> CreateAsync(string name) => _store.CreateAsync(name, "secret", ScryptCost.Light, _random, Cancel);
}
