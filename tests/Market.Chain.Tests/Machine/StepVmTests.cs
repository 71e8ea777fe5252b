using Market.Chain.Tests.Fixture;
using Market.Hashing;
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

    [Fact]
    public async Task Programs_RunToTheirEnd()
    {
        var cases = new List<StepCase>();
        foreach (var program in MachinePrograms.All)
        {
            var state = MachinePrograms.Start(program);
            var used = 0;
            for (; state.End is null; used++) cases.Add(Prove($"{program.Name}, step {used}", state));
            cases.Add(Prove($"{program.Name}, after its end", state));

            Assert.Equal((program.Status, program.ExitCode), (state.End.Value.Status, state.End.Value.ExitCode));
            Assert.Equal(BlobName.Of(program.Output), state.End.Value.Output);
            Assert.InRange(used, 1, 1_000);
        }

        // Each step starts where the one before ended, so the contract alone leads from the first state to the last.
        await AssertStepsAsync(cases);
        Assert.Equal(MachinePrograms.All.Count - 1, cases.Index().Skip(1).Count(c => c.Item.State != cases[c.Index - 1].Next));
    }

    [Fact]
    public async Task BentProofs_NeverPass()
    {
        var random = new Random(23);
        var generator = new StateGenerator(random);
        var honest = Enum.GetValues<MachineOp>().SelectMany(op => Enumerable.Range(0, 7).Select(i => Prove($"{op} {i}", generator.Next(op)))).ToList();
        var attacks = new List<StepCase>();
        for (var i = 0; i < honest.Count; i++)
        {
            // Every so often an honest one, so that a chain that refuses everything would be noticed.
            attacks.Add(honest[i]);
            for (var kind = 0; kind < ProofAttacks.Kinds; kind++)
            {
                if (ProofAttacks.Try(kind, random, honest[i], honest[random.Next(honest.Count)]) is { } attack) attacks.Add(attack);
            }
        }

        var chain = await StepChain.DeployAsync(local, Cancel);
        var answers = await chain.RunAsync(attacks, Cancel);

        var refused = 0;
        foreach (var (attack, (next, _)) in attacks.Zip(answers))
        {
            if (honest.Contains(attack))
            {
                Assert.Equal(attack.Next, next);
                continue;
            }

            Assert.True(next == Hash256.Zero, $"{attack.Name} leads to {next}");
            Assert.Null(StepProof.Verify(attack.State, attack.Proof));
            refused++;
        }

        Assert.True(refused >= 20_000, $"{refused}");
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
