using Market.Wasm.Format;

namespace Market.Wasm.Validation;

/// <summary>An open block, with what validation knows of it.</summary>
internal sealed class ControlFrame(Opcode op, FunctionType type, int height, bool dead)
{
    public Opcode Op { get; set; } = op;

    public FunctionType Type { get; } = type;

    public int Height { get; } = height;

    /// <summary>The whole block stands in code that cannot be reached.</summary>
    public bool Dead { get; } = dead;

    /// <summary>What follows in the block cannot be reached, so its operand stack holds whatever is asked for.</summary>
    public bool Unreachable { get; set; }

    /// <summary>A reachable branch leads to the block's end.</summary>
    public bool Targeted { get; set; }
}
