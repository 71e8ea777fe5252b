using Market.Client.Faults;

namespace Market.Client.Development;

/// <summary>
/// The source checkout that this command was built in. Development commands need it for the chain's packages, the
/// contracts and the executables that the build places beside the command line.
/// </summary>
public sealed record Checkout(string Root)
{
    /// <summary>The Hardhat project.</summary>
    public string Contracts => Path.Combine(Root, "contracts");

    /// <summary>Sample jobs.</summary>
    public string Samples => Path.Combine(Root, "samples");

    /// <summary>The checkout above the running executable.</summary>
    /// <exception cref="MarketException">There is none: this is an installed copy.</exception>
    public static Checkout Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Market.sln"))) return new Checkout(at.FullName);
        }

        throw new MarketException(
            "E1006", ExitCode.Usage, "Development commands run from a source checkout, and none is above this program.",
            "clone the repository and run scripts/demo.sh");
    }

    /// <summary>The executable <paramref name="assembly"/> of <paramref name="project"/>, from the same build as this one.</summary>
    /// <exception cref="MarketException">It has not been built.</exception>
    public static string Executable(string project, string assembly)
    {
        // artifacts/bin/<project>/<configuration>/: every project's output, side by side.
        var here = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var file = Path.Combine(here.Parent!.Parent!.FullName, project, here.Name, assembly);
        return File.Exists(file)
            ? file
            : throw new MarketException("E1007", ExitCode.Internal, $"{assembly} has not been built beside this program.", "dotnet build Market.sln -c Release");
    }
}
