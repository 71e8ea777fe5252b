using Market.Wasm.Canonical;
using Market.Wasm.Format;
using Market.Wasm.Validation;

namespace Market.Conformance.Tests.Differential;

/// <summary>
/// Rewrites a canonical module so that each arithmetic operation that gives a NaN gives one of random sign and payload:
/// the worst engine that the specification allows.
/// </summary>
internal sealed class NanNoise
{
    private readonly WasmModule _module;
    private readonly TypeTable _types = new();

    private NanNoise(byte[] canonical)
    {
        _module = ModuleDecoder.Decode(canonical);
        foreach (var type in _module.Types) _types.Index(type);
    }

    public static byte[] Inject(byte[] canonical, long seed) => new NanNoise(canonical).Inject(seed);

    private byte[] Inject(long seed)
    {
        var file = new WasmWriter();
        file.Bytes(_module.Bytes.AsSpan(0, 8));
        var reader = new WasmReader(_module.Bytes, 8, _module.Bytes.Length);
        while (!reader.AtEnd)
        {
            var start = reader.Position;
            var id = reader.Byte();
            var size = (int)reader.U32();
            var contentStart = reader.Position;
            reader.Bytes(size);
            if (id == 6) file.Section(6, w => AddState(w, contentStart, seed));
            else if (id == 10) file.Section(10, Code);
            else file.Bytes(_module.Bytes.AsSpan(start, reader.Position - start));
        }

        return file.Written.ToArray();
    }

    private void AddState(WasmWriter writer, int start, long seed)
    {
        var old = new WasmReader(_module.Bytes, start, _module.Bytes.Length);
        var count = old.U32();
        writer.U32(count + 1);
        // The section's length prefix stands right before its content.
        writer.Bytes(_module.Bytes.AsSpan(old.Position, SectionEnd(start) - old.Position));
        writer.Bytes([(byte)WasmType.I64, 1, (byte)Opcode.I64Const]);
        writer.Signed(seed);
        writer.Byte((byte)Opcode.End);
    }

    private int SectionEnd(int contentStart)
    {
        var reader = new WasmReader(_module.Bytes, 8, _module.Bytes.Length);
        while (true)
        {
            reader.Byte();
            var size = (int)reader.U32();
            var start = reader.Position;
            reader.Bytes(size);
            if (start == contentStart) return reader.Position;
        }
    }

    private void Code(WasmWriter writer)
    {
        writer.U32((uint)_module.Functions.Count);
        for (var i = 0; i < _module.Functions.Count; i++) writer.Sized(Body(FunctionValidator.Validate(_module, i)));
    }

    private WasmWriter Body(ValidatedBody body)
    {
        var writer = new WasmWriter();
        var code = new CodeWriter(writer, _types);
        code.Locals([.. body.Locals.Skip(body.Type.Parameters.Length), WasmType.F32, WasmType.F64]);
        foreach (var at in body.Code)
        {
            code.Write(at, body);
            if (IsArithmetic(at.Op)) Disturb(writer, code, OpcodeTable.Get(at.Op).Results[0], (uint)body.Locals.Count);
        }

        return writer;
    }

    private static bool IsArithmetic(Opcode op) => op is (>= Opcode.F32Ceil and <= Opcode.F32Max) or (>= Opcode.F64Ceil and <= Opcode.F64Max)
        or Opcode.F32DemoteF64 or Opcode.F64PromoteF32;

    private void Disturb(WasmWriter writer, CodeWriter code, WasmType type, uint scratch32)
    {
        var single = type == WasmType.F32;
        var scratch = single ? scratch32 : scratch32 + 1;
        var state = (uint)_module.Globals.Count;
        code.Op(Opcode.LocalTee, scratch);
        code.Op(Opcode.GlobalGet, state);
        Long(6364136223846793005);
        code.Op(Opcode.I64Mul);
        Long(1442695040888963407);
        code.Op(Opcode.I64Add);
        code.Op(Opcode.GlobalSet, state);
        code.Op(Opcode.GlobalGet, state);
        if (single)
        {
            Long(32);
            code.Op(Opcode.I64ShrU);
            code.Op(Opcode.I32WrapI64);
            code.Op(Opcode.I32Const);
            writer.Signed(0x7fc00000);
            code.Op(Opcode.I32Or);
            code.Op(Opcode.F32ReinterpretI32);
        }
        else
        {
            Long(0x7ff8000000000000);
            code.Op(Opcode.I64Or);
            code.Op(Opcode.F64ReinterpretI64);
        }

        code.Op(Opcode.LocalGet, scratch);
        code.Op(Opcode.LocalGet, scratch);
        code.Op(single ? Opcode.F32Eq : Opcode.F64Eq);
        code.Op(Opcode.Select);

        void Long(long value)
        {
            code.Op(Opcode.I64Const);
            writer.Signed(value);
        }
    }
}
