namespace Market.Wasm.Format;

/// <summary>One decoded instruction. What <see cref="A"/> and <see cref="Imm"/> hold depends on the opcode's immediates.</summary>
/// <param name="Op">The opcode.</param>
/// <param name="A">Index of label, local, global, function or type; alignment of a memory access; first entry of a label table.</param>
/// <param name="Imm">Bits of a constant, offset of a memory access, count of a label table's entries.</param>
/// <param name="Type">Block type, or the types that a branch carries; null elsewhere.</param>
/// <param name="Drop">Operands that a branch discards below the values it carries.</param>
internal readonly record struct Instruction(Opcode Op, uint A = 0, ulong Imm = 0, FunctionType? Type = null, int Drop = 0);
