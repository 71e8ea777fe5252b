using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Market.Chain.Generated.ComputeMarket;
using Market.Chain.Tests.Fixture;
using Market.Ethereum;
using Market.Ethereum.Abi;
using Market.Ethereum.Signing;
using Market.Ethereum.Transactions;
using Market.Ethereum.TypedData;
using Market.Hashing;

namespace Market.Chain.Tests.Ethereum;

/// <summary>Market.Ethereum against viem, an implementation by others, on random values.</summary>
public sealed class ViemComparisonTests
{
    private const int Cases = 100;
    private const int Seed = 20261122;

    [Fact]
    public async Task RandomTransactionsMessagesTypedDataAndCalls_AreViemsToTheByte()
    {
        TestContext.Current.SendDiagnosticMessage("seed {0}", Seed);
#pragma warning disable RS0030 // Seeded: the same cases every time.
        var random = new Random(Seed);
#pragma warning restore RS0030
        var cases = Enumerable.Range(0, Cases).Select(_ => Case.Make(random)).ToList();

        var answers = await AskViemAsync(new JsonArray([.. cases.Select(c => c.ToJson())]).ToJsonString());

        foreach (var (one, viem) in cases.Zip(answers.EnumerateArray()))
        {
            Assert.Equal(viem.GetProperty("address").GetString(), one.Key.Address.ToString());
            Assert.Equal(viem.GetProperty("transaction").GetString(), one.Transaction.Sign(one.Key).Raw.ToString());
            Assert.Equal(viem.GetProperty("message").GetString(), Hex.Encode(PersonalMessage.Sign(one.Key, one.Message).ToArray()));
            Assert.Equal(viem.GetProperty("typed").GetString(), TypedDataJson.Parse(one.Typed.ToJsonString()).Hash().ToString());
            Assert.Equal(viem.GetProperty("register").GetString(), AbiCodec.EncodeCall(one.Register).ToString());
        }
    }

    private static async Task<JsonElement> AskViemAsync(string cases)
    {
        var start = new ProcessStartInfo(Path.Combine(LocalMarket.Contracts, "node_modules", ".bin", "node"))
        {
            ArgumentList = { Path.Combine(LocalMarket.Contracts, "..", "tests", "Market.Chain.Tests", "Ethereum", "viem.mjs") },
            WorkingDirectory = LocalMarket.Contracts,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var node = Process.Start(start)!;
        var output = node.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await node.StandardInput.WriteAsync(cases);
        node.StandardInput.Close();
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, node.ExitCode);
        return JsonDocument.Parse(await output).RootElement;
    }

    private sealed record Case(byte[] Secret, Eip1559Transaction Transaction, byte[] Message, JsonObject Typed, RegisterDeviceFunction Register)
    {
        public EthereumKey Key { get; } = new(Secret);

        public static Case Make(Random random)
        {
            var secret = Bytes(random, 32);
            secret[0] &= 0x7f; // Below the curve's order.
            secret[31] |= 1;
            var transaction = new Eip1559Transaction(
                (ulong)random.Next(1, int.MaxValue), (ulong)random.Next(), (UInt128)random.NextInt64(), (UInt128)random.NextInt64() << random.Next(20), (ulong)random.NextInt64(),
                random.Next(4) == 0 ? null : AddressOf(random), new BigInteger(Bytes(random, random.Next(12)), isUnsigned: true), HexBytes.Wrap(Bytes(random, random.Next(300))));
            // viem, like the protocol, refuses a tip above the cap.
            transaction = transaction with { MaxFeePerGas = transaction.MaxFeePerGas + transaction.MaxPriorityFeePerGas };
            var typed = new JsonObject
            {
                ["domain"] = new JsonObject { ["name"] = "Market", ["version"] = "1", ["chainId"] = random.Next(), ["verifyingContract"] = AddressOf(random).ToString() },
                ["primaryType"] = "Parcel",
                ["types"] = new JsonObject
                {
                    ["EIP712Domain"] = Fields(("name", "string"), ("version", "string"), ("chainId", "uint256"), ("verifyingContract", "address")),
                    ["Parcel"] = Fields(("owner", "address"), ("label", "string"), ("content", "bytes"), ("stamp", "bytes32"), ("weight", "uint64"), ("parts", "Part[]")),
                    ["Part"] = Fields(("count", "uint32"), ("fragile", "bool")),
                },
                ["message"] = new JsonObject
                {
                    ["owner"] = AddressOf(random).ToString(),
                    ["label"] = Text(random),
                    ["content"] = Hex.Encode(Bytes(random, random.Next(100))),
                    ["stamp"] = new Hash256(Bytes(random, 32)).ToString(),
                    ["weight"] = random.Next(),
                    ["parts"] = new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => new JsonObject { ["count"] = random.Next(), ["fragile"] = random.Next(2) == 0 })]),
                },
            };
            return new Case(secret, transaction, Bytes(random, random.Next(200)), typed, new RegisterDeviceFunction(AddressOf(random), (ulong)random.NextInt64(), Text(random), new Hash256(Bytes(random, 32))));
        }

        public JsonObject ToJson() => new()
        {
            ["key"] = Hex.Encode(Secret),
            ["message"] = Hex.Encode(Message),
            ["typed"] = Typed.DeepClone(),
            ["transaction"] = new JsonObject
            {
                ["chainId"] = Transaction.ChainId,
                ["nonce"] = Transaction.Nonce,
                ["gas"] = Transaction.GasLimit.ToString(CultureInfo.InvariantCulture),
                ["to"] = Transaction.To?.ToString(),
                ["data"] = Transaction.Data.ToString(),
                ["value"] = Transaction.Value.ToString(CultureInfo.InvariantCulture),
                ["maxFeePerGas"] = Transaction.MaxFeePerGas.ToString(CultureInfo.InvariantCulture),
                ["maxPriorityFeePerGas"] = Transaction.MaxPriorityFeePerGas.ToString(CultureInfo.InvariantCulture),
            },
            ["register"] = new JsonObject
            {
                ["operator"] = Register.Operator.ToString(),
                ["stake"] = Register.Stake.ToString(CultureInfo.InvariantCulture),
                ["endpoint"] = Register.Endpoint,
                ["transportKey"] = Register.TransportKey.ToString(),
            },
        };

        private static JsonArray Fields(params (string Name, string Type)[] fields) =>
            [.. fields.Select(f => new JsonObject { ["name"] = f.Name, ["type"] = f.Type })];

        private static Address AddressOf(Random random) => new(Bytes(random, Address.Size));

        private static string Text(Random random) => string.Concat(Enumerable.Range(0, random.Next(80)).Select(_ => "aé€𝄞 -7"[random.Next(4) is 3 ? 5 : random.Next(3)]));

        private static byte[] Bytes(Random random, int count)
        {
            var bytes = new byte[count];
            random.NextBytes(bytes);
            return bytes;
        }
    }
}
