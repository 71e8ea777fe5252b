using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests;

/// <summary>What holds for every command, chain or not.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("market-test-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Theory]
    [InlineData("nonsense")]
    [InlineData("--no-such-option")]
    [InlineData("--profile")]
    public async Task WrongUsage_ExitsWith2_AndLeavesStandardOutputEmpty(params string[] arguments)
    {
        var run = await new MarketProcess(_home).RunAsync(arguments);

        run.Exits(2);
        Assert.Empty(run.Out);
        Assert.Contains("E1201", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ab12cd34ef56ab12cd34ef56ab12cd34ef56ab12cd34ef56ab12cd34ef56ab12")]
    [InlineData("--wallet=0xab12cd34ef56ab12cd34ef56ab12cd34ef56ab12cd34ef56ab12cd34ef56ab12")]
    public async Task PrivateKeyInArguments_IsRefused_AndNotRepeated(string argument)
    {
        var run = await new MarketProcess(_home).RunAsync(["wallet", "list", argument]);

        run.Exits(2);
        Assert.Contains("E1106", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("ab12cd34", run.Error, StringComparison.Ordinal);
    }
}
