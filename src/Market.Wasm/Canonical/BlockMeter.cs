using Market.Wasm.Format;
using Market.Wasm.Validation;

namespace Market.Wasm.Canonical;

/// <summary>
/// Splits a body into straight-line blocks and sums each block's price. A block begins at the function's entry, after
/// loop, if, else and br_if, and at an end that control reaches from elsewhere. It is charged where it begins; the
/// charge is tested at entries and loop heads only, so charged fuel is the same in every engine at any trap.
/// <para>
/// Code behind a construct that no branch leaves for somewhere further out runs exactly when the code before the
/// construct did, and is charged together with it.
/// </para>
/// </summary>
internal sealed class BlockMeter
{
    private readonly int[] _charges;

    private BlockMeter(int entry, int[] charges)
    {
        Entry = entry;
        _charges = charges;
    }

    /// <summary>Charge of the function's entry.</summary>
    public int Entry { get; }

    /// <summary>Charge of the block that begins after instruction <paramref name="index"/>; 0 where none begins.</summary>
    public int After(int index) => _charges[index];

    /// <param name="body">The function.</param>
    /// <param name="canonical">After which instructions a NaN is made canonical.</param>
    /// <param name="frame">Price of prologue and epilogue.</param>
    /// <param name="guarded">Whether the function counts its depth.</param>
    public static BlockMeter Measure(ValidatedBody body, bool[] canonical, int frame, bool guarded)
    {
        var code = body.Code;
        var charges = new int[code.Count];
        var entry = frame;
        // The block that the walk is in is charged after this instruction; -1 is the entry.
        var block = -1;
        var frames = new List<Construct> { new(-1) };
        for (var i = 0; i < code.Count; i++)
        {
            var at = code[i];
            Add(StepCost.Of(at, body, guarded) + (canonical[i] ? 1 : 0));
            switch (at.Op)
            {
                case Opcode.Block: frames.Add(new Construct(block)); break;
                case Opcode.Loop or Opcode.If:
                    frames.Add(new Construct(block));
                    block = i;
                    break;
                case Opcode.Else: block = i; break;
                case Opcode.BrIf:
                    Leave((int)at.A);
                    block = i;
                    break;
                case Opcode.Br: Leave((int)at.A); break;
                case Opcode.BrTable:
                    for (var t = 0; t < (int)at.Imm; t++) Leave((int)body.Targets[(int)at.A + t].Depth);
                    break;
                case Opcode.Return: Leave(frames.Count - 1); break;
                case Opcode.End:
                    var construct = frames[^1];
                    frames.RemoveAt(frames.Count - 1);
                    if (!construct.Left) block = construct.Before;
                    else if (at.A == 1) block = i;
                    break;
                default: break;
            }
        }

        // A block of no price needs no charge; any other pays for the charge itself. A loop's head always charges, for its test.
        for (var i = 0; i < charges.Length; i++)
        {
            if (charges[i] > 0 || code[i].Op == Opcode.Loop) charges[i]++;
        }

        return new BlockMeter(entry, charges);

        void Add(int price)
        {
            if (block < 0) entry += price;
            else charges[block] += price;
        }

        // A branch leaves all constructs inside the one that it names.
        void Leave(int depth)
        {
            for (var d = 1; d <= depth; d++) frames[^d].Left = true;
        }
    }

    /// <summary>An open block, loop or if.</summary>
    private sealed class Construct(int before)
    {
        /// <summary>The block that stands before it.</summary>
        public int Before { get; } = before;

        /// <summary>Some branch inside leads further out than to its end.</summary>
        public bool Left { get; set; }
    }
}
