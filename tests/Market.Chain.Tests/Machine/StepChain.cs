using System.Buffers.Binary;
using Market.Chain.Tests.Fixture;
using Market.Hashing;

namespace Market.Chain.Tests.Machine;

/// <summary>One step to judge: the state it starts from and what shall prove it.</summary>
internal readonly record struct StepCase(string Name, Hash256 State, byte[] Proof, Hash256 Next);

/// <summary>The step contract on the local chain, many steps to a call.</summary>
internal sealed class StepChain
{
    // What one call may carry: the chain asks up to 40 gas for each byte (EIP-7623) of 2^24.
    private const int CallBytes = 200_000;
    private const int CallSteps = 150;
    private const int AnswerBytes = 36;

    private readonly TestContract _harness;

    private StepChain(TestContract vm, TestContract harness)
    {
        Vm = vm;
        _harness = harness;
    }

    /// <summary>The step contract itself.</summary>
    public TestContract Vm { get; }

    public static async Task<StepChain> DeployAsync(LocalMarket local, CancellationToken cancel)
    {
        var vm = await TestContract.DeployAsync(local, "dispute/StepVm", default, cancel);
        var argument = new byte[32];
        vm.Address.CopyTo(argument.AsSpan(12));
        return new StepChain(vm, await TestContract.DeployAsync(local, "test/StepHarness", argument, cancel));
    }

    /// <summary>For each case the next state, zero for a revert, and the gas.</summary>
    public async Task<List<(Hash256 Next, uint Gas)>> RunAsync(IReadOnlyList<StepCase> cases, CancellationToken cancel)
    {
        var answers = new List<(Hash256, uint)>(cases.Count);
        var rows = new MemoryStream();
        var length = new byte[4];
        var waiting = 0;
        foreach (var step in cases)
        {
            if (rows.Length > 0 && (rows.Length + step.Proof.Length > CallBytes || waiting == CallSteps))
            {
                await FlushAsync(rows, answers, cancel);
                waiting = 0;
            }

            waiting++;
            rows.Write(step.State.ToArray());
            BinaryPrimitives.WriteInt32BigEndian(length, step.Proof.Length);
            rows.Write(length);
            rows.Write(step.Proof);
        }

        await FlushAsync(rows, answers, cancel);
        Assert.Equal(cases.Count, answers.Count);
        return answers;
    }

    private async Task FlushAsync(MemoryStream rows, List<(Hash256, uint)> answers, CancellationToken cancel)
    {
        var answer = await _harness.CallAsync(rows.ToArray(), cancel);
        rows.SetLength(0);
        for (var at = 0; at < answer.Length; at += AnswerBytes)
        {
            answers.Add((new Hash256(answer.AsSpan(at, 32)), BinaryPrimitives.ReadUInt32BigEndian(answer.AsSpan(at + 32))));
        }
    }
}
