using Market.Wasm.Format;
using Market.Wasm.Validation;

namespace Market.Wasm.Canonical;

/// <summary>
/// A validated body and all that its canonical form adds: which results are made canonical, what each block costs, whether
/// the function counts its depth. Both spellings of the canonical form, the binary for engines and the program of the step
/// machine, are written from it, so neither has to recognise what the other emits.
/// </summary>
internal sealed class AnnotatedBody
{
    private AnnotatedBody(ValidatedBody body)
    {
        Body = body;
        Canonical = NanRule.Apply(body);
        // A function that calls nothing ends the chain: its one frame is within what the limit leaves free.
        Guarded = body.Code.Exists(i => i.Op is Opcode.Call or Opcode.CallIndirect);
        var made = Enumerable.Range(0, Canonical.Length).Where(i => Canonical[i]).Select(i => ResultType(body.Code[i])).ToHashSet();
        AddedLocals =
        [
            WasmType.I64,
            .. Guarded ? [WasmType.I64] : Array.Empty<WasmType>(),
            .. Enumerable.Range(0, Canonical.Length).Any(i => Canonical[i] && body.Code[i].Op is (Opcode.F32Store or Opcode.F64Store)) ? [WasmType.I32] : Array.Empty<WasmType>(),
            .. made.Contains(WasmType.F32) ? [WasmType.F32] : Array.Empty<WasmType>(),
            .. made.Contains(WasmType.F64) ? [WasmType.F64] : Array.Empty<WasmType>(),
        ];
        var locals = body.DeclaredLocals + AddedLocals.Count;
        Meter = BlockMeter.Measure(body, Canonical, StepCost.Frame(locals, body.Type.Results.Length, Guarded), Guarded);
    }

    public ValidatedBody Body { get; }

    /// <summary>At which instructions a NaN is made canonical: their result, or what they store.</summary>
    public bool[] Canonical { get; }

    /// <summary>Whether the function counts its depth.</summary>
    public bool Guarded { get; }

    /// <summary>Locals of the binary form behind the function's own: fuel, room if guarded, an address if NaNs that are stored are made canonical, a float of each width that is.</summary>
    public IReadOnlyList<WasmType> AddedLocals { get; }

    /// <summary>Charges of the function's blocks.</summary>
    public BlockMeter Meter { get; }

    public static AnnotatedBody Of(ValidatedBody body) => new(body);

    /// <summary>Type of the one result of an instruction that has a float result, or of the float that it stores.</summary>
    public WasmType ResultType(in Instruction at) => at.Op switch
    {
        Opcode.F32Store => WasmType.F32,
        Opcode.F64Store => WasmType.F64,
        Opcode.LocalGet or Opcode.LocalTee => Body.Locals[(int)at.A],
        Opcode.Select => (WasmType)at.A,
        _ => OpcodeTable.Get(at.Op).Results[0],
    };
}
