using System.Collections.Frozen;

namespace Market.Wasm.Format;

/// <summary>What follows an opcode in the binary format.</summary>
internal enum Immediate : byte
{
    None, BlockType, Label, LabelTable, Function, TypeAndTable, TypeVector, Local, Global, Memory, Zero, TwoZeros, I32, I64, F32, F64,
}

/// <summary>One instruction's text name, operand and result types (as i l f d) and immediates.</summary>
/// <param name="Opcode">The instruction.</param>
/// <param name="Name">Its name in the text format.</param>
/// <param name="Signature">Operands, a colon, results; null where they depend on the context.</param>
/// <param name="Immediate">What follows the opcode.</param>
/// <param name="Alignment">Base-two logarithm of a memory access's natural alignment.</param>
internal sealed record OpcodeInfo(Opcode Opcode, string Name, string? Signature, Immediate Immediate, byte Alignment)
{
    /// <summary>Operand types, bottom first; empty where they depend on the context.</summary>
    public WasmType[] Operands { get; } = Types(Signature, 0);

    /// <summary>Result types.</summary>
    public WasmType[] Results { get; } = Types(Signature, 1);

    private static WasmType[] Types(string? signature, int part) =>
        signature is null ? [] : [.. signature.Split(':')[part].Select(c => c switch
        {
            'i' => WasmType.I32, 'l' => WasmType.I64, 'f' => WasmType.F32, _ => WasmType.F64,
        })];
}

/// <summary>The instruction set of the subset: WebAssembly core specification 2.0, chapters 3.3 and 5.4.</summary>
internal static class OpcodeTable
{
    private static readonly OpcodeInfo[] All =
    [
        new(Opcode.Unreachable, "unreachable", null, Immediate.None, 0),
        new(Opcode.Nop, "nop", null, Immediate.None, 0),
        new(Opcode.Block, "block", null, Immediate.BlockType, 0),
        new(Opcode.Loop, "loop", null, Immediate.BlockType, 0),
        new(Opcode.If, "if", null, Immediate.BlockType, 0),
        new(Opcode.Else, "else", null, Immediate.None, 0),
        new(Opcode.End, "end", null, Immediate.None, 0),
        new(Opcode.Br, "br", null, Immediate.Label, 0),
        new(Opcode.BrIf, "br_if", null, Immediate.Label, 0),
        new(Opcode.BrTable, "br_table", null, Immediate.LabelTable, 0),
        new(Opcode.Return, "return", null, Immediate.None, 0),
        new(Opcode.Call, "call", null, Immediate.Function, 0),
        new(Opcode.CallIndirect, "call_indirect", null, Immediate.TypeAndTable, 0),
        new(Opcode.Drop, "drop", null, Immediate.None, 0),
        new(Opcode.Select, "select", null, Immediate.None, 0),
        new(Opcode.SelectT, "select", null, Immediate.TypeVector, 0),
        new(Opcode.LocalGet, "local.get", null, Immediate.Local, 0),
        new(Opcode.LocalSet, "local.set", null, Immediate.Local, 0),
        new(Opcode.LocalTee, "local.tee", null, Immediate.Local, 0),
        new(Opcode.GlobalGet, "global.get", null, Immediate.Global, 0),
        new(Opcode.GlobalSet, "global.set", null, Immediate.Global, 0),
        new(Opcode.I32Load, "i32.load", "i:i", Immediate.Memory, 2),
        new(Opcode.I64Load, "i64.load", "i:l", Immediate.Memory, 3),
        new(Opcode.F32Load, "f32.load", "i:f", Immediate.Memory, 2),
        new(Opcode.F64Load, "f64.load", "i:d", Immediate.Memory, 3),
        new(Opcode.I32Load8S, "i32.load8_s", "i:i", Immediate.Memory, 0),
        new(Opcode.I32Load8U, "i32.load8_u", "i:i", Immediate.Memory, 0),
        new(Opcode.I32Load16S, "i32.load16_s", "i:i", Immediate.Memory, 1),
        new(Opcode.I32Load16U, "i32.load16_u", "i:i", Immediate.Memory, 1),
        new(Opcode.I64Load8S, "i64.load8_s", "i:l", Immediate.Memory, 0),
        new(Opcode.I64Load8U, "i64.load8_u", "i:l", Immediate.Memory, 0),
        new(Opcode.I64Load16S, "i64.load16_s", "i:l", Immediate.Memory, 1),
        new(Opcode.I64Load16U, "i64.load16_u", "i:l", Immediate.Memory, 1),
        new(Opcode.I64Load32S, "i64.load32_s", "i:l", Immediate.Memory, 2),
        new(Opcode.I64Load32U, "i64.load32_u", "i:l", Immediate.Memory, 2),
        new(Opcode.I32Store, "i32.store", "ii:", Immediate.Memory, 2),
        new(Opcode.I64Store, "i64.store", "il:", Immediate.Memory, 3),
        new(Opcode.F32Store, "f32.store", "if:", Immediate.Memory, 2),
        new(Opcode.F64Store, "f64.store", "id:", Immediate.Memory, 3),
        new(Opcode.I32Store8, "i32.store8", "ii:", Immediate.Memory, 0),
        new(Opcode.I32Store16, "i32.store16", "ii:", Immediate.Memory, 1),
        new(Opcode.I64Store8, "i64.store8", "il:", Immediate.Memory, 0),
        new(Opcode.I64Store16, "i64.store16", "il:", Immediate.Memory, 1),
        new(Opcode.I64Store32, "i64.store32", "il:", Immediate.Memory, 2),
        new(Opcode.MemorySize, "memory.size", ":i", Immediate.Zero, 0),
        new(Opcode.MemoryGrow, "memory.grow", "i:i", Immediate.Zero, 0),
        new(Opcode.I32Const, "i32.const", ":i", Immediate.I32, 0),
        new(Opcode.I64Const, "i64.const", ":l", Immediate.I64, 0),
        new(Opcode.F32Const, "f32.const", ":f", Immediate.F32, 0),
        new(Opcode.F64Const, "f64.const", ":d", Immediate.F64, 0),
        new(Opcode.I32Eqz, "i32.eqz", "i:i", Immediate.None, 0),
        new(Opcode.I32Eq, "i32.eq", "ii:i", Immediate.None, 0),
        new(Opcode.I32Ne, "i32.ne", "ii:i", Immediate.None, 0),
        new(Opcode.I32LtS, "i32.lt_s", "ii:i", Immediate.None, 0),
        new(Opcode.I32LtU, "i32.lt_u", "ii:i", Immediate.None, 0),
        new(Opcode.I32GtS, "i32.gt_s", "ii:i", Immediate.None, 0),
        new(Opcode.I32GtU, "i32.gt_u", "ii:i", Immediate.None, 0),
        new(Opcode.I32LeS, "i32.le_s", "ii:i", Immediate.None, 0),
        new(Opcode.I32LeU, "i32.le_u", "ii:i", Immediate.None, 0),
        new(Opcode.I32GeS, "i32.ge_s", "ii:i", Immediate.None, 0),
        new(Opcode.I32GeU, "i32.ge_u", "ii:i", Immediate.None, 0),
        new(Opcode.I64Eqz, "i64.eqz", "l:i", Immediate.None, 0),
        new(Opcode.I64Eq, "i64.eq", "ll:i", Immediate.None, 0),
        new(Opcode.I64Ne, "i64.ne", "ll:i", Immediate.None, 0),
        new(Opcode.I64LtS, "i64.lt_s", "ll:i", Immediate.None, 0),
        new(Opcode.I64LtU, "i64.lt_u", "ll:i", Immediate.None, 0),
        new(Opcode.I64GtS, "i64.gt_s", "ll:i", Immediate.None, 0),
        new(Opcode.I64GtU, "i64.gt_u", "ll:i", Immediate.None, 0),
        new(Opcode.I64LeS, "i64.le_s", "ll:i", Immediate.None, 0),
        new(Opcode.I64LeU, "i64.le_u", "ll:i", Immediate.None, 0),
        new(Opcode.I64GeS, "i64.ge_s", "ll:i", Immediate.None, 0),
        new(Opcode.I64GeU, "i64.ge_u", "ll:i", Immediate.None, 0),
        new(Opcode.F32Eq, "f32.eq", "ff:i", Immediate.None, 0),
        new(Opcode.F32Ne, "f32.ne", "ff:i", Immediate.None, 0),
        new(Opcode.F32Lt, "f32.lt", "ff:i", Immediate.None, 0),
        new(Opcode.F32Gt, "f32.gt", "ff:i", Immediate.None, 0),
        new(Opcode.F32Le, "f32.le", "ff:i", Immediate.None, 0),
        new(Opcode.F32Ge, "f32.ge", "ff:i", Immediate.None, 0),
        new(Opcode.F64Eq, "f64.eq", "dd:i", Immediate.None, 0),
        new(Opcode.F64Ne, "f64.ne", "dd:i", Immediate.None, 0),
        new(Opcode.F64Lt, "f64.lt", "dd:i", Immediate.None, 0),
        new(Opcode.F64Gt, "f64.gt", "dd:i", Immediate.None, 0),
        new(Opcode.F64Le, "f64.le", "dd:i", Immediate.None, 0),
        new(Opcode.F64Ge, "f64.ge", "dd:i", Immediate.None, 0),
        new(Opcode.I32Clz, "i32.clz", "i:i", Immediate.None, 0),
        new(Opcode.I32Ctz, "i32.ctz", "i:i", Immediate.None, 0),
        new(Opcode.I32Popcnt, "i32.popcnt", "i:i", Immediate.None, 0),
        new(Opcode.I32Add, "i32.add", "ii:i", Immediate.None, 0),
        new(Opcode.I32Sub, "i32.sub", "ii:i", Immediate.None, 0),
        new(Opcode.I32Mul, "i32.mul", "ii:i", Immediate.None, 0),
        new(Opcode.I32DivS, "i32.div_s", "ii:i", Immediate.None, 0),
        new(Opcode.I32DivU, "i32.div_u", "ii:i", Immediate.None, 0),
        new(Opcode.I32RemS, "i32.rem_s", "ii:i", Immediate.None, 0),
        new(Opcode.I32RemU, "i32.rem_u", "ii:i", Immediate.None, 0),
        new(Opcode.I32And, "i32.and", "ii:i", Immediate.None, 0),
        new(Opcode.I32Or, "i32.or", "ii:i", Immediate.None, 0),
        new(Opcode.I32Xor, "i32.xor", "ii:i", Immediate.None, 0),
        new(Opcode.I32Shl, "i32.shl", "ii:i", Immediate.None, 0),
        new(Opcode.I32ShrS, "i32.shr_s", "ii:i", Immediate.None, 0),
        new(Opcode.I32ShrU, "i32.shr_u", "ii:i", Immediate.None, 0),
        new(Opcode.I32Rotl, "i32.rotl", "ii:i", Immediate.None, 0),
        new(Opcode.I32Rotr, "i32.rotr", "ii:i", Immediate.None, 0),
        new(Opcode.I64Clz, "i64.clz", "l:l", Immediate.None, 0),
        new(Opcode.I64Ctz, "i64.ctz", "l:l", Immediate.None, 0),
        new(Opcode.I64Popcnt, "i64.popcnt", "l:l", Immediate.None, 0),
        new(Opcode.I64Add, "i64.add", "ll:l", Immediate.None, 0),
        new(Opcode.I64Sub, "i64.sub", "ll:l", Immediate.None, 0),
        new(Opcode.I64Mul, "i64.mul", "ll:l", Immediate.None, 0),
        new(Opcode.I64DivS, "i64.div_s", "ll:l", Immediate.None, 0),
        new(Opcode.I64DivU, "i64.div_u", "ll:l", Immediate.None, 0),
        new(Opcode.I64RemS, "i64.rem_s", "ll:l", Immediate.None, 0),
        new(Opcode.I64RemU, "i64.rem_u", "ll:l", Immediate.None, 0),
        new(Opcode.I64And, "i64.and", "ll:l", Immediate.None, 0),
        new(Opcode.I64Or, "i64.or", "ll:l", Immediate.None, 0),
        new(Opcode.I64Xor, "i64.xor", "ll:l", Immediate.None, 0),
        new(Opcode.I64Shl, "i64.shl", "ll:l", Immediate.None, 0),
        new(Opcode.I64ShrS, "i64.shr_s", "ll:l", Immediate.None, 0),
        new(Opcode.I64ShrU, "i64.shr_u", "ll:l", Immediate.None, 0),
        new(Opcode.I64Rotl, "i64.rotl", "ll:l", Immediate.None, 0),
        new(Opcode.I64Rotr, "i64.rotr", "ll:l", Immediate.None, 0),
        new(Opcode.F32Abs, "f32.abs", "f:f", Immediate.None, 0),
        new(Opcode.F32Neg, "f32.neg", "f:f", Immediate.None, 0),
        new(Opcode.F32Ceil, "f32.ceil", "f:f", Immediate.None, 0),
        new(Opcode.F32Floor, "f32.floor", "f:f", Immediate.None, 0),
        new(Opcode.F32Trunc, "f32.trunc", "f:f", Immediate.None, 0),
        new(Opcode.F32Nearest, "f32.nearest", "f:f", Immediate.None, 0),
        new(Opcode.F32Sqrt, "f32.sqrt", "f:f", Immediate.None, 0),
        new(Opcode.F32Add, "f32.add", "ff:f", Immediate.None, 0),
        new(Opcode.F32Sub, "f32.sub", "ff:f", Immediate.None, 0),
        new(Opcode.F32Mul, "f32.mul", "ff:f", Immediate.None, 0),
        new(Opcode.F32Div, "f32.div", "ff:f", Immediate.None, 0),
        new(Opcode.F32Min, "f32.min", "ff:f", Immediate.None, 0),
        new(Opcode.F32Max, "f32.max", "ff:f", Immediate.None, 0),
        new(Opcode.F32Copysign, "f32.copysign", "ff:f", Immediate.None, 0),
        new(Opcode.F64Abs, "f64.abs", "d:d", Immediate.None, 0),
        new(Opcode.F64Neg, "f64.neg", "d:d", Immediate.None, 0),
        new(Opcode.F64Ceil, "f64.ceil", "d:d", Immediate.None, 0),
        new(Opcode.F64Floor, "f64.floor", "d:d", Immediate.None, 0),
        new(Opcode.F64Trunc, "f64.trunc", "d:d", Immediate.None, 0),
        new(Opcode.F64Nearest, "f64.nearest", "d:d", Immediate.None, 0),
        new(Opcode.F64Sqrt, "f64.sqrt", "d:d", Immediate.None, 0),
        new(Opcode.F64Add, "f64.add", "dd:d", Immediate.None, 0),
        new(Opcode.F64Sub, "f64.sub", "dd:d", Immediate.None, 0),
        new(Opcode.F64Mul, "f64.mul", "dd:d", Immediate.None, 0),
        new(Opcode.F64Div, "f64.div", "dd:d", Immediate.None, 0),
        new(Opcode.F64Min, "f64.min", "dd:d", Immediate.None, 0),
        new(Opcode.F64Max, "f64.max", "dd:d", Immediate.None, 0),
        new(Opcode.F64Copysign, "f64.copysign", "dd:d", Immediate.None, 0),
        new(Opcode.I32WrapI64, "i32.wrap_i64", "l:i", Immediate.None, 0),
        new(Opcode.I32TruncF32S, "i32.trunc_f32_s", "f:i", Immediate.None, 0),
        new(Opcode.I32TruncF32U, "i32.trunc_f32_u", "f:i", Immediate.None, 0),
        new(Opcode.I32TruncF64S, "i32.trunc_f64_s", "d:i", Immediate.None, 0),
        new(Opcode.I32TruncF64U, "i32.trunc_f64_u", "d:i", Immediate.None, 0),
        new(Opcode.I64ExtendI32S, "i64.extend_i32_s", "i:l", Immediate.None, 0),
        new(Opcode.I64ExtendI32U, "i64.extend_i32_u", "i:l", Immediate.None, 0),
        new(Opcode.I64TruncF32S, "i64.trunc_f32_s", "f:l", Immediate.None, 0),
        new(Opcode.I64TruncF32U, "i64.trunc_f32_u", "f:l", Immediate.None, 0),
        new(Opcode.I64TruncF64S, "i64.trunc_f64_s", "d:l", Immediate.None, 0),
        new(Opcode.I64TruncF64U, "i64.trunc_f64_u", "d:l", Immediate.None, 0),
        new(Opcode.F32ConvertI32S, "f32.convert_i32_s", "i:f", Immediate.None, 0),
        new(Opcode.F32ConvertI32U, "f32.convert_i32_u", "i:f", Immediate.None, 0),
        new(Opcode.F32ConvertI64S, "f32.convert_i64_s", "l:f", Immediate.None, 0),
        new(Opcode.F32ConvertI64U, "f32.convert_i64_u", "l:f", Immediate.None, 0),
        new(Opcode.F32DemoteF64, "f32.demote_f64", "d:f", Immediate.None, 0),
        new(Opcode.F64ConvertI32S, "f64.convert_i32_s", "i:d", Immediate.None, 0),
        new(Opcode.F64ConvertI32U, "f64.convert_i32_u", "i:d", Immediate.None, 0),
        new(Opcode.F64ConvertI64S, "f64.convert_i64_s", "l:d", Immediate.None, 0),
        new(Opcode.F64ConvertI64U, "f64.convert_i64_u", "l:d", Immediate.None, 0),
        new(Opcode.F64PromoteF32, "f64.promote_f32", "f:d", Immediate.None, 0),
        new(Opcode.I32ReinterpretF32, "i32.reinterpret_f32", "f:i", Immediate.None, 0),
        new(Opcode.I64ReinterpretF64, "i64.reinterpret_f64", "d:l", Immediate.None, 0),
        new(Opcode.F32ReinterpretI32, "f32.reinterpret_i32", "i:f", Immediate.None, 0),
        new(Opcode.F64ReinterpretI64, "f64.reinterpret_i64", "l:d", Immediate.None, 0),
        new(Opcode.I32Extend8S, "i32.extend8_s", "i:i", Immediate.None, 0),
        new(Opcode.I32Extend16S, "i32.extend16_s", "i:i", Immediate.None, 0),
        new(Opcode.I64Extend8S, "i64.extend8_s", "l:l", Immediate.None, 0),
        new(Opcode.I64Extend16S, "i64.extend16_s", "l:l", Immediate.None, 0),
        new(Opcode.I64Extend32S, "i64.extend32_s", "l:l", Immediate.None, 0),
        new(Opcode.I32TruncSatF32S, "i32.trunc_sat_f32_s", "f:i", Immediate.None, 0),
        new(Opcode.I32TruncSatF32U, "i32.trunc_sat_f32_u", "f:i", Immediate.None, 0),
        new(Opcode.I32TruncSatF64S, "i32.trunc_sat_f64_s", "d:i", Immediate.None, 0),
        new(Opcode.I32TruncSatF64U, "i32.trunc_sat_f64_u", "d:i", Immediate.None, 0),
        new(Opcode.I64TruncSatF32S, "i64.trunc_sat_f32_s", "f:l", Immediate.None, 0),
        new(Opcode.I64TruncSatF32U, "i64.trunc_sat_f32_u", "f:l", Immediate.None, 0),
        new(Opcode.I64TruncSatF64S, "i64.trunc_sat_f64_s", "d:l", Immediate.None, 0),
        new(Opcode.I64TruncSatF64U, "i64.trunc_sat_f64_u", "d:l", Immediate.None, 0),
        new(Opcode.MemoryCopy, "memory.copy", "iii:", Immediate.TwoZeros, 0),
        new(Opcode.MemoryFill, "memory.fill", "iii:", Immediate.Zero, 0),
    ];

    private static readonly OpcodeInfo?[] ByCode = Index();
    private static readonly FrozenDictionary<string, OpcodeInfo> ByName =
        All.Where(i => i.Opcode != Opcode.SelectT).ToFrozenDictionary(i => i.Name);

    /// <summary>The instruction with this code, or null if the subset has none.</summary>
    public static OpcodeInfo? Find(int code) => (uint)code < (uint)ByCode.Length ? ByCode[code] : null;

    /// <summary>The instruction, which must exist.</summary>
    public static OpcodeInfo Get(Opcode opcode) => ByCode[(int)opcode]!;

    /// <summary>The instruction with this text name, or null.</summary>
    public static OpcodeInfo? Find(string name) => ByName.GetValueOrDefault(name);

    private static OpcodeInfo?[] Index()
    {
        var table = new OpcodeInfo?[0x110];
        foreach (var info in All) table[(int)info.Opcode] = info;
        return table;
    }
}
