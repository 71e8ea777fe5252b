using Market.Chain;
using Market.Chain.Contracts;
using Market.Chain.Deployments;
using Market.Chain.Generated.ComputeMarket;
using Market.Domain.Identity;
using Market.Domain.Money;

namespace Market.Node.Chain;

/// <summary>The market as this node reaches it: the connection, fixed numbers, and the device that it runs.</summary>
/// <param name="Connection">The checked connection.</param>
/// <param name="Account">Sends as the operator.</param>
/// <param name="Parameters">The market's fixed numbers.</param>
/// <param name="Threshold">Signatures that a statement on a device needs.</param>
/// <param name="MaxLifetime">Longest life of a statement or declaration, in seconds.</param>
/// <param name="Asset">How money is written.</param>
/// <param name="Device">The device.</param>
internal sealed record MarketAccess(
    MarketConnection Connection, ComputeMarketAccount Account, ParametersTuple Parameters, int Threshold, uint MaxLifetime, Asset Asset, DeviceId Device)
{
    /// <summary>Where the market stands.</summary>
    public Deployment Deployment => Connection.Deployment;

    /// <summary>Reads.</summary>
    public ComputeMarketClient Market => Connection.Market;

    /// <summary>Capabilities.</summary>
    public CapabilityRegistryClient Registry => Connection.Registry;
}
