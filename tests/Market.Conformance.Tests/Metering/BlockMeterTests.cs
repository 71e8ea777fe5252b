using Market.Conformance.Tests.Engines;
using Market.Conformance.Tests.Generation;
using Market.Wasm.Canonical;
using Market.Wasm.Format;
using Market.Wasm.Validation;

namespace Market.Conformance.Tests.Metering;

/// <summary>Random walks through bodies, branches decided by dice: what is charged against what the steps cost.</summary>
public sealed class BlockMeterTests
{
    private const int Programs = 1_500;
    private const int WalksOfEach = 20;
    private const int Longest = 3_000;

    [Fact]
    public void Measure_OnAnyWay_ChargesAtLeastTheStepsAndLittleMore()
    {
        var ways = Settings.InParallel(Programs, seed => Bodies((ulong)seed).Sum(body => WalkOften(body, (ulong)seed)));

        Assert.InRange(ways.Sum(), 100_000, int.MaxValue);
    }

    [Theory]
    // A short conditional arm is charged with the code before it.
    [InlineData("(block (br_if 0 (local.get 0)) (local.set 0 (i32.const 1)))", 1)]
    // Arms that exclude each other count once: the dearer.
    [InlineData("(if (local.get 0) (then (local.set 0 (i32.const 1))) (else (local.set 0 (i32.const 2)))) (nop)", 1)]
    // A loop is charged each time round; what follows it, with what precedes it.
    [InlineData("(loop (br_if 0 (local.get 0))) (local.set 0 (i32.const 1))", 2)]
    [InlineData("(block (loop (br_if 1 (local.get 0)) (local.set 0 (i32.const 1)) (br 0)))", 2)]
    public void Measure_OfShortBranches_ChargesThemOnce(string code, int charges)
    {
        var body = Body($"""(module (func (export "_start") (local i32) {code}))""");

        var meter = BlockMeter.Measure(body, new bool[body.Code.Count], 3, guarded: false);

        Assert.Equal(charges, 1 + Enumerable.Range(0, body.Code.Count).Count(i => meter.After(i) > 0));
    }

    [Fact]
    public void Measure_OfARareDearArm_ChargesItOnItsOwn()
    {
        var arm = string.Concat(Enumerable.Repeat("(local.set 0 (i32.add (local.get 0) (i32.const 1)))", 20));
        var body = Body($"""(module (func (export "_start") (local i32) (loop (block (br_if 0 (local.get 0)) {arm}) (br_if 0 (local.get 0)))))""");

        var meter = BlockMeter.Measure(body, new bool[body.Code.Count], 3, guarded: false);

        var charges = Enumerable.Range(0, body.Code.Count).Select(meter.After).Where(c => c > 0).ToList();
        Assert.Equal([5, 81], charges);
    }

    private static ValidatedBody Body(string wat) => FunctionValidator.Validate(ModuleDecoder.Decode(Wat.Binary(wat)), 0);

    private static IEnumerable<ValidatedBody> Bodies(ulong seed)
    {
        var module = ModuleDecoder.Decode(ProgramGenerator.Generate(seed));
        return Enumerable.Range(0, module.Functions.Count).Select(i => FunctionValidator.Validate(module, i));
    }

    private static int WalkOften(ValidatedBody body, ulong seed)
    {
        const int Frame = 3;
        var meter = BlockMeter.Measure(body, new bool[body.Code.Count], Frame, guarded: true);
        var walker = new Walker(body);
        var dice = new Dice(seed);
        for (var walk = 0; walk < WalksOfEach; walk++)
        {
            long charged = meter.Entry, spent = Frame;
            var charges = 1;
            var trapped = false;
            var i = 0;
            for (var steps = 0; i < body.Code.Count && steps < Longest; steps++)
            {
                var at = body.Code[i];
                trapped = at.Op == Opcode.Unreachable;
                if (trapped) break;
                spent += StepCost.Of(at, body, guarded: true);
                Assert.True(charged >= spent, $"seed {seed}: instruction {i} ({at.Op}) is not paid for");
                var (next, passed) = walker.Next(i, dice);
                if (passed >= 0 && meter.After(passed) > 0)
                {
                    // The charge itself is one step.
                    charged += meter.After(passed);
                    spent++;
                    charges++;
                }

                i = next;
            }

            if (!trapped) Assert.True(charged - spent <= charges * (long)BlockMeter.LeavingSlack, $"seed {seed}: {charges} charges of {charged} for {spent}");
        }

        return WalksOfEach;
    }

    /// <summary>Structured control flow by itself: where control goes after an instruction, and after which instruction a block was entered.</summary>
    private sealed class Walker
    {
        private readonly ValidatedBody _body;
        private readonly Dictionary<int, int> _ends = [];
        private readonly Dictionary<int, int> _elses = [];
        // For each instruction, the constructs around it, innermost first, by the instruction that opens each.
        private readonly List<int>[] _around;

        public Walker(ValidatedBody body)
        {
            _body = body;
            _around = new List<int>[body.Code.Count];
            var open = new List<int>();
            for (var i = 0; i < body.Code.Count; i++)
            {
                _around[i] = [.. open.AsEnumerable().Reverse()];
                switch (body.Code[i].Op)
                {
                    case Opcode.Block or Opcode.Loop or Opcode.If: open.Add(i); break;
                    case Opcode.Else: _elses[open[^1]] = i; break;
                    case Opcode.End when open.Count > 0:
                        _ends[open[^1]] = i;
                        open.RemoveAt(open.Count - 1);
                        break;
                    default: break;
                }
            }
        }

        public (int Next, int Passed) Next(int i, Dice dice)
        {
            var at = _body.Code[i];
            switch (at.Op)
            {
                case Opcode.Loop or Opcode.End: return (i + 1, i);
                case Opcode.If:
                    if (dice.Chance(50)) return (i + 1, i);
                    return _elses.TryGetValue(i, out var other) ? (other + 1, other) : (_ends[i] + 1, _ends[i]);
                case Opcode.Else: return (_ends[_around[i][0]] + 1, _ends[_around[i][0]]);
                case Opcode.Br: return Branch(i, at.A);
                case Opcode.BrIf: return dice.Chance(50) ? Branch(i, at.A) : (i + 1, i);
                case Opcode.BrTable: return Branch(i, _body.Targets[(int)at.A + dice.Below((int)at.Imm)].Depth);
                case Opcode.Return: return (_body.Code.Count, -1);
                default: return (i + 1, -1);
            }
        }

        private (int Next, int Passed) Branch(int from, uint depth)
        {
            if (depth >= _around[from].Count) return (_body.Code.Count, -1);
            var target = _around[from][(int)depth];
            if (_body.Code[target].Op == Opcode.Loop) return (target + 1, target);
            return (_ends[target] + 1, _ends[target]);
        }
    }
}
