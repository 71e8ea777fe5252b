using Market.Chain.Deployments;
using Market.Chain.Tests.Fixture;
using Market.Hashing;

namespace Market.Chain.Tests.Deployments;

public class DeploymentTests(LocalMarket local)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TheDeploymentFile_NamesTheMarketsParts()
    {
        var deployment = await Deployment.ReadAsync(local.DeploymentFile, Cancel);

        Assert.Equal(await local.Market.Client.ChainIdAsync(Cancel), deployment.ChainId);
        Assert.Equal(await local.Market.Market.GenesisAsync(Cancel), deployment.Genesis);
        Assert.NotEqual(0UL, deployment.Block);
    }

    [Fact]
    public async Task AnotherChainId_IsRefused() =>
        Assert.Equal(DeploymentFault.OtherChain, await FaultAsync(local.Market.Deployment with { ChainId = 1 }));

    [Fact]
    public async Task AnotherGenesis_IsRefused() =>
        Assert.Equal(DeploymentFault.OtherGenesis, await FaultAsync(local.Market.Deployment with { Genesis = Hash256.Zero }));

    [Fact]
    public async Task AnAddressWithoutCode_IsRefused() =>
        Assert.Equal(DeploymentFault.NoContract, await FaultAsync(local.Market.Deployment with { Market = new Address(new byte[20]) }));

    [Fact]
    public async Task AnotherContract_IsRefused() =>
        Assert.Equal(DeploymentFault.NoContract, await FaultAsync(local.Market.Deployment with { Market = local.Market.Deployment.Token }));

    [Fact]
    public async Task AnotherToken_IsRefused() =>
        Assert.Equal(DeploymentFault.OtherGenesis, await FaultAsync(local.Market.Deployment with { Token = local.Market.Deployment.Registry }));

    [Theory]
    [InlineData("{}")]
    [InlineData("{ \"chainId\": 1, \"genesis\": \"0x12\", \"market\": \"0x\", \"registry\": \"\", \"token\": \"\" }")]
    [InlineData("not json")]
    public async Task ABrokenFile_IsRefused(string text)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, text, Cancel);

            var fault = await Assert.ThrowsAsync<DeploymentException>(() => Deployment.ReadAsync(file, Cancel));

            Assert.Equal(DeploymentFault.File, fault.Fault);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private async Task<DeploymentFault> FaultAsync(Deployment deployment) =>
        (await Assert.ThrowsAsync<DeploymentException>(() => MarketConnection.OpenAsync(local.Rpc, deployment, TimeProvider.System, Cancel))).Fault;
}
