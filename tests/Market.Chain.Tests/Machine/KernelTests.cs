using System.Buffers.Binary;
using Market.Chain.Tests.Fixture;
using Market.Ethereum;
using Market.Ethereum.Abi;
using Market.Hashing;
using Market.Wasm.Machine;
using Market.Wasm.Machine.Stepping;

namespace Market.Chain.Tests.Machine;

/// <summary>Real programs, compiled from C and lowered, on the contracts: where they start, and steps early and late.</summary>
public sealed class KernelTests(LocalMarket local)
{
    private const ulong Fuel = 1_000_000_000;

    private static readonly byte[] Frame = [.. Enumerable.Range(0, 200).Select(i => (byte)i)];
    private static readonly byte[] Stdin = [.. Enumerable.Range(0, 5_000).Select(i => (byte)(i * 7))];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, uint, uint> Kernels => new()
    {
        { "fib", 1_024, 1 << 20 }, { "sha256", 64, 0 }, { "nbody", 65_536, 129 }, { "quicksort", 100, 128 }, { "parser", 1_000, uint.MaxValue },
    };

    [Theory]
    [MemberData(nameof(Kernels))]
    public async Task AKernel_StartsAndStepsAsSpecified(string kernel, uint pageCap, uint outputLimit)
    {
        var wasm = await File.ReadAllBytesAsync(Path.Combine(LocalMarket.Contracts, "..", "bench", "kernels", $"{kernel}.wasm"), Cancel);
        var program = MachineProgram.Lower(wasm)!;
        var parameters = program.Parameters(Frame.Length, Stdin.Length, Fuel, pageCap, outputLimit)!;
        var state = SpecState.Start(program, parameters, Frame, Stdin);

        Assert.Equal(state.Hash, await StartOnChainAsync(program, pageCap, outputLimit));

        var cases = new List<StepCase>();
        for (var step = 0; step < 20_000 && state.End is null; step++)
        {
            if (step < 60 || step % 400 == 0)
            {
                var before = state.Hash;
                var proof = state.Prove();
                cases.Add(new StepCase($"{kernel}, step {step}", before, proof, state.Hash));
            }
            else
            {
                state.Step();
            }
        }

        var chain = await StepChain.DeployAsync(local, Cancel);
        var answers = await chain.RunAsync(cases, Cancel);
        Assert.All(cases.Zip(answers), pair => Assert.True(pair.First.Next == pair.Second.Next, pair.First.Name));
    }

    private async Task<Hash256> StartOnChainAsync(MachineProgram program, uint pageCap, uint outputLimit)
    {
        // Clocks do not matter here.
        var arguments = new byte[96];
        BinaryPrimitives.WriteUInt32BigEndian(arguments.AsSpan(92), 1);
        var harness = await TestContract.DeployAsync(local, "test/GamesHarness", arguments, Cancel);
        var input = new RunInputTuple(
            ByteTree.Root(Frame), (uint)Frame.Length, ByteTree.Root(Stdin), (uint)Stdin.Length, Fuel, pageCap, outputLimit);
        var call = AbiCodec.EncodeCall(new StartOfFunction(HexBytes.Wrap(program.Preimage.ToArray()), input));
        return new Hash256(await harness.CallAsync(call.ToArray(), Cancel));
    }
}
