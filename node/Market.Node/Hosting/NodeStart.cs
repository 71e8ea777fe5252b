using Market.Chain;
using Market.Chain.Deployments;
using Market.Chain.Transactions;
using Market.Client.Configuration;
using Market.Client.Faults;
using Market.Client.Providers;
using Market.Client.Wallets;
using Market.Domain.Identity;
using Market.Ethereum.Rpc;
using Market.Ethereum.Signing;
using Market.Node.Chain;

namespace Market.Node.Hosting;

/// <summary>What has to be known before the node's services can be made: key, market and device.</summary>
internal static partial class NodeStart
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>Unlocks the operator's key.</summary>
    /// <exception cref="MarketException">No password file, no such wallet, or a wrong password.</exception>
    public static async Task<EthereumKey> UnlockAsync(ProviderConfig config, string folder, MarketHome home, CancellationToken cancel)
    {
        var file = config.Keys.PasswordFile is { } named ? Path.GetFullPath(named, folder) : null;
        var password = await WalletPassword.FromFileAsync(file, cancel) ?? await WalletPassword.FromEnvironmentAsync(cancel)
            ?? throw new MarketException(
                "E1420", ExitCode.Wallet, "The node has no password for its operator's wallet, and nobody to ask.", $"keys.passwordFile in provider.yaml, or {WalletPassword.FileVariable}");
        return await new WalletStore(home).UnlockAsync(config.Keys.Operator, password, cancel);
    }

    /// <summary>Connects to the market, waiting while the endpoint does not answer, and finds the operator's device.</summary>
    /// <exception cref="MarketException">Another chain answers, or the operator has no device.</exception>
    public static async Task<MarketAccess> ConnectAsync(Profile profile, EthereumKey key, IPendingStore pending, TimeProvider time, ILogger logger, CancellationToken cancel)
    {
        var waited = false;
        while (true)
        {
            try
            {
                var deployment = await Deployment.ReadAsync(profile.Deployment, cancel);
                var connection = await MarketConnection.OpenAsync(profile.Endpoints, deployment, new RpcPoolOptions(), time, cancel);
                return await OpenAsync(connection, key, pending, cancel);
            }
            catch (DeploymentException e)
            {
                throw new MarketException("E1004", ExitCode.Unreachable, $"Profile '{profile.Name}': {e.Message}.", "market profile show; market dev status", e);
            }
            catch (Exception e) when (e is RpcUnreachableException or JsonRpcException)
            {
                if (!waited) LogWaiting(logger, profile.Rpc, e.Message);
                waited = true;
                await Task.Delay(RetryAfter, time, cancel);
            }
        }
    }

    private static async Task<MarketAccess> OpenAsync(MarketConnection connection, EthereumKey key, IPendingStore pending, CancellationToken cancel)
    {
        var device = await FindDeviceAsync(connection, key, cancel);
        return new MarketAccess(
            connection,
            connection.As(connection.Sender(key, pending: pending)),
            await connection.Market.ParametersAsync(cancel),
            await connection.Registry.ThresholdAsync(cancel),
            await connection.Registry.MaxLifetimeAsync(cancel),
            await connection.Token.AssetAsync(cancel),
            device);
    }

    // From the newest down: an operator that moved to another device is found there.
    private static async Task<DeviceId> FindDeviceAsync(MarketConnection connection, EthereumKey key, CancellationToken cancel)
    {
        for (var id = await connection.Market.DeviceCountAsync(cancel); id > 0; id--)
        {
            var device = await connection.Market.DeviceAsync(new DeviceId(id), cancel);
            if (device.Operator == key.Address && device.ReleaseAt == 0) return new DeviceId(id);
        }

        throw new MarketException("E1421", ExitCode.Usage, $"The operator {key.Address} runs no device on this market.", "market provider stake");
    }

    [LoggerMessage(4620, LogLevel.Warning, "The chain at {Rpc} does not answer yet; waiting: {Reason}")]
    private static partial void LogWaiting(ILogger logger, Uri rpc, string reason);
}
