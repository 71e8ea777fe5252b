using Market.Wasm.Format;
using Market.Wasm.Validation;

namespace Market.Wasm.Canonical;

/// <summary>
/// The price list: fuel per instruction, which is the greatest number of steps that the dispute machine may take for it.
/// <list type="table">
/// <item><term>most instructions</term><description>1</description></item>
/// <item><term>block, loop, end, nop</term><description>0 (no step)</description></item>
/// <item><term>else</term><description>1 if the arm before it falls through (a jump over the other arm), else 0</description></item>
/// <item><term>br</term><description>1 + adjustment</description></item>
/// <item><term>br_if</term><description>1, or 2 + adjustment if the stack must be adjusted</description></item>
/// <item><term>br_table</term><description>2, + 1 + adjustment of its dearest target if that must adjust</description></item>
/// <item><term>return</term><description>0 (paid on entry), or 1 + adjustment in functions with a depth guard</description></item>
/// <item><term>call, call_indirect</term><description>1, 2</description></item>
/// <item><term>function entry</term><description>1 meter + 1 per 16 locals + return (1, or results + 2 if several) + 2 for the depth guard</description></item>
/// <item><term>charged block</term><description>1 for the meter itself</description></item>
/// <item><term>making a NaN canonical</term><description>1</description></item>
/// </list>
/// The adjustment of a branch that drops operands: 1 if it carries at most one value, else values + 1.
/// memory.copy and memory.fill and input and output cost their length / 64 + 4 beside the fixed part of the helper that
/// charges for them; memory.grow costs 1,024 per page gained (a page's 65,536 bytes / 64) beside its helper's fixed part.
/// </summary>
internal static class StepCost
{
    private const int LocalsPerZero = 16;

    /// <summary>Prologue and epilogue, charged together on entry.</summary>
    public static int Frame(int locals, int results, bool guarded) =>
        1 + ((locals + LocalsPerZero - 1) / LocalsPerZero) + (results <= 1 ? 1 : results + 2) + (guarded ? 2 : 0);

    public static int Of(in Instruction at, ValidatedBody body, bool guarded) => at.Op switch
    {
        Opcode.Block or Opcode.Loop or Opcode.End => 0,
        Opcode.Else => (int)at.A,
        Opcode.Br => 1 + Adjustment(at.Drop, at.Type!.Results.Length),
        Opcode.BrIf => at.Drop == 0 ? 1 : 2 + Adjustment(at.Drop, at.Type!.Results.Length),
        Opcode.BrTable => 2 + Trampoline(at, body),
        Opcode.Return => guarded ? 1 + Adjustment(at.Drop, at.Type!.Results.Length) : 0,
        Opcode.CallIndirect => 2,
        _ => 1,
    };

    private static int Adjustment(int drop, int carried) => drop == 0 ? 0 : carried <= 1 ? 1 : carried + 1;

    private static int Trampoline(in Instruction at, ValidatedBody body)
    {
        var dearest = 0;
        for (var i = 0; i < (int)at.Imm; i++)
        {
            var adjustment = Adjustment(body.Targets[(int)at.A + i].Drop, at.Type!.Results.Length);
            if (adjustment > 0) dearest = Math.Max(dearest, adjustment + 1);
        }

        return dearest;
    }
}
