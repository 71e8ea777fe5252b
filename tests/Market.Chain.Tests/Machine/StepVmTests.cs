using Market.Chain.Tests.Fixture;
using Market.Wasm.Machine;
using Market.Wasm.Machine.Stepping;

namespace Market.Chain.Tests.Machine;

/// <summary>The step contract against the step specification.</summary>
public sealed class StepVmTests(LocalMarket local)
{
    private const int StatesPerOp = 100;

    private static readonly MachineOp[] Bulk = [MachineOp.MemoryCopy, MachineOp.MemoryFill, MachineOp.InputCopy, MachineOp.OutputCopy];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EveryInstruction_LeadsWhereTheSpecificationLeads()
    {
        var generator = new StateGenerator(new Random(21));
        var cases = new List<StepCase>();
        foreach (var op in Enum.GetValues<MachineOp>())
        {
            var states = Bulk.Contains(op) ? 4 * StatesPerOp : StatesPerOp;
            for (var i = 0; i < states; i++) cases.Add(Prove($"{op} {i}", generator.Next(op)));
        }

        await AssertStepsAsync(cases);
        Assert.True(cases.Count >= 20_000, $"{cases.Count}");
    }

    [Fact]
    public async Task InvalidInstructions_Trap()
    {
        var generator = new StateGenerator(new Random(22));
        var invalid = Enumerable.Range(0, 0x300).Append(0xffff).Select(op => (MachineOp)op).Where(op => !Enum.IsDefined(op)).ToList();
        var states = invalid.Select(generator.Next).ToList();
        var before = states.Select(s => s.Registers).ToList();

        await AssertStepsAsync([.. states.Select((state, i) => Prove($"{(int)invalid[i]:x}", state))]);

        for (var i = 0; i < states.Count; i++) Assert.Equal(before[i] with { Pc = 1 }, states[i].Registers);
    }

    private static StepCase Prove(string name, SpecState state)
    {
        var before = state.Hash;
        var proof = state.Prove();
        return new StepCase(name, before, proof, state.Hash);
    }

    private async Task AssertStepsAsync(List<StepCase> cases)
    {
        var chain = await StepChain.DeployAsync(local, Cancel);
        var answers = await chain.RunAsync(cases, Cancel);
        for (var i = 0; i < cases.Count; i++)
        {
            Assert.True(answers[i].Next == cases[i].Next, $"{cases[i].Name}: the contract gives {answers[i].Next}, the specification {cases[i].Next}");
            Assert.Equal(cases[i].Next, StepProof.Verify(cases[i].State, cases[i].Proof));
        }
    }
}
