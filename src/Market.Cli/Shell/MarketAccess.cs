using Market.Chain;
using Market.Chain.Deployments;
using Market.Client.Configuration;
using Market.Client.Faults;
using Market.Ethereum.Rpc;

namespace Market.Cli.Shell;

/// <summary>How commands come by the market that they talk to.</summary>
internal static class MarketAccess
{
    /// <summary>The profile of this run.</summary>
    public static Profile ReadProfile(this CommandContext context) => new ProfileStore(context.Terminal.Home).Read(context.Profile);

    /// <summary>An endpoint as the command line names it.</summary>
    /// <exception cref="MarketException">E1203: it is none.</exception>
    public static Uri EndpointOf(this CommandContext context, string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https"
            ? endpoint
            : throw new MarketException("E1203", ExitCode.Usage, $"'{text}' is no endpoint.", "--rpc https://…");

    /// <summary>Connects to the profile's market and checks that it is the one meant.</summary>
    public static async Task<MarketConnection> OpenAsync(this CommandContext context, Profile profile, CancellationToken cancel)
    {
        var deployment = await Deployment.ReadAsync(profile.Deployment, cancel);
        if (deployment.ChainId != profile.ChainId)
        {
            throw new DeploymentException(DeploymentFault.OtherChain, $"profile '{profile.Name}' expects chain {profile.ChainId}, its deployment file says {deployment.ChainId}");
        }

        return await MarketConnection.OpenAsync(profile.Endpoints, deployment, new RpcPoolOptions(), context.Terminal.Time, cancel);
    }
}
