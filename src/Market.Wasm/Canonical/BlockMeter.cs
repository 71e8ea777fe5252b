using Market.Wasm.Format;
using Market.Wasm.Validation;

namespace Market.Wasm.Canonical;

/// <summary>
/// Splits a body into straight-line blocks and sums each block's price. A block begins at the function's entry, after
/// loop, if, else and br_if, and at an end that control reaches from elsewhere. It is charged where it begins; the
/// charge is tested at entries and loop heads only, so charged fuel is the same in every engine at any trap.
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
        var block = -1;
        var sum = frame;
        var entry = 0;
        for (var i = 0; i < code.Count; i++)
        {
            var at = code[i];
            sum += StepCost.Of(at, body, guarded) + (canonical[i] ? 1 : 0);
            var begins = at.Op is Opcode.Loop or Opcode.If or Opcode.Else or Opcode.BrIf || (at.Op == Opcode.End && at.A == 1);
            if (!begins) continue;
            Close();
            block = i;
            sum = at.Op == Opcode.Loop ? 1 : 0;
        }

        Close();
        return new BlockMeter(entry, charges);

        // An empty block needs no charge; any other pays for the charge itself. A loop's head always charges, for its test.
        void Close()
        {
            if (block < 0) entry = sum;
            else if (sum > 0) charges[block] = sum + (code[block].Op == Opcode.Loop ? 0 : 1);
        }
    }
}
