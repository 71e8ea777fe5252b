using System.Text.Json;
using System.Text.Json.Nodes;
using Market.Chain.Tests.Fixture;
using Market.Ethereum.Rpc;
using Market.Hashing;

namespace Market.Chain.Tests.Machine;

/// <summary>A contract under test, called with raw bytes and answering raw bytes.</summary>
internal sealed class TestContract(IJsonRpc rpc, Address address)
{
    // What the chain lets one call spend, 2^24.
    private const string CallGas = "0x1000000";

    public Address Address => address;

    /// <summary>Deploys <paramref name="source"/> (<c>folder/Name</c> under contracts/src) with constructor arguments, already encoded.</summary>
    public static async Task<TestContract> DeployAsync(LocalMarket local, string source, ReadOnlyMemory<byte> arguments, CancellationToken cancel)
    {
        var rpc = local.Market.Client.Rpc;
        var file = Path.Combine(LocalMarket.Contracts, "artifacts", "src", $"{source}.sol", $"{Path.GetFileName(source)}.json");
        using var artifact = JsonDocument.Parse(await File.ReadAllTextAsync(file, cancel));
        var code = artifact.RootElement.GetProperty("bytecode").GetString() + Convert.ToHexStringLower(arguments.Span);
        var accounts = await rpc.CallAsync("eth_accounts", [], TestJson.Default.JsonElement, cancel);
        var transaction = new JsonObject { ["from"] = accounts[0].GetString(), ["data"] = code, ["gas"] = CallGas };
        var hash = await rpc.CallOnceAsync("eth_sendTransaction", [transaction], TestJson.Default.JsonElement, cancel);
        var receipt = await rpc.CallAsync("eth_getTransactionReceipt", [hash.GetString()], TestJson.Default.JsonElement, cancel);
        Assert.Equal("0x1", receipt.GetProperty("status").GetString());
        return new TestContract(rpc, Address.Parse(receipt.GetProperty("contractAddress").GetString()!));
    }

    public async Task<byte[]> CallAsync(byte[] data, CancellationToken cancel)
    {
        var call = new JsonObject { ["to"] = address.ToString(), ["data"] = $"0x{Convert.ToHexStringLower(data)}", ["gas"] = CallGas };
        var answer = await rpc.CallAsync("eth_call", [call, "latest"], TestJson.Default.JsonElement, cancel);
        return Convert.FromHexString(answer.GetString()![2..]);
    }
}
