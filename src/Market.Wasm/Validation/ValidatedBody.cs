using Market.Wasm.Format;

namespace Market.Wasm.Validation;

/// <summary>One target of a <c>br_table</c>: label depth and the operands dropped on the way.</summary>
internal readonly record struct BranchTarget(uint Depth, int Drop);

/// <summary>
/// A function body that passed validation, without the code that cannot be reached. What instructions carry beyond
/// their own immediates: branches their operand types and drop count; <c>call</c> and <c>call_indirect</c> the callee's
/// type; <c>block</c>, <c>loop</c>, <c>if</c>, <c>else</c> and <c>end</c> the block's type; <c>else</c> A = 1 if the
/// arm before falls through; <c>end</c> A = 1 if control can also come from elsewhere than the instruction before;
/// <c>select</c> A = its operands' type.
/// </summary>
internal sealed class ValidatedBody(FunctionType type)
{
    public FunctionType Type { get; } = type;

    /// <summary>Types of parameters and locals.</summary>
    public List<WasmType> Locals { get; } = [.. type.Parameters];

    public List<Instruction> Code { get; } = [];

    /// <summary>Targets of all <c>br_table</c>s; an instruction's A is its first, the default is its last.</summary>
    public List<BranchTarget> Targets { get; } = [];

    /// <summary>Most operands that are on the stack at once.</summary>
    public int MaxOperands { get; set; }

    /// <summary>Blocks, loops, ifs, elses and conditional branches, those that cannot be reached included.</summary>
    public int Blocks { get; set; }

    /// <summary>Locals that are no parameters.</summary>
    public int DeclaredLocals => Locals.Count - Type.Parameters.Length;

    /// <summary>Slots of the machine's frame: parameters, return record, locals, operands.</summary>
    public int FrameSlots => Locals.Count + 1 + MaxOperands;
}
