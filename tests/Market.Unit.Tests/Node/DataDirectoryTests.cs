using Market.Client.Faults;
using Market.Node.Storage;
using Market.Unit.Tests.Blobs;

namespace Market.Unit.Tests.Node;

public sealed class DataDirectoryTests
{
    [Fact]
    public void Open_WhileHeld_IsRefused()
    {
        using var temp = new TempDirectory();
        using var held = DataDirectory.Open(Path.Combine(temp.Path, "data"));

        var refused = Assert.Throws<MarketException>(() => DataDirectory.Open(held.Path));

        Assert.Equal("E1410", refused.Fault.Code);
    }

    [Fact]
    public void Open_AfterTheHolderLetGo_Succeeds()
    {
        using var temp = new TempDirectory();
        DataDirectory.Open(temp.Path).Dispose();

        using var again = DataDirectory.Open(temp.Path);

        Assert.Equal(temp.Path, again.Path);
    }

    [Fact]
    public void Open_MakesTheDirectoryForItsOwnerAlone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix modes");
        using var temp = new TempDirectory();

        using var data = DataDirectory.Open(Path.Combine(temp.Path, "deep", "data"));

#pragma warning disable CA1416 // Skipped above on Windows.
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(data.Path));
#pragma warning restore CA1416
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherExecute)]
    [InlineData(UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)]
    public void Open_OfADirectoryThatOthersMayEnter_IsRefusedAndLeftAsItIs(UnixFileMode wider)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix modes");
        using var temp = new TempDirectory();
        var path = Path.Combine(temp.Path, "data");
        DataDirectory.Open(path).Dispose();
#pragma warning disable CA1416 // Skipped above on Windows.
        var mode = File.GetUnixFileMode(path) | wider;
        File.SetUnixFileMode(path, mode);

        var refused = Assert.Throws<MarketException>(() => DataDirectory.Open(path));

        Assert.Equal("E1413", refused.Fault.Code);
        Assert.Contains("chmod 700", refused.Fault.Fix, StringComparison.Ordinal);
        Assert.Equal(mode, File.GetUnixFileMode(path));
#pragma warning restore CA1416
    }
}
