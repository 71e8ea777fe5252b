using Market.Wasm.Format;
using Market.Wasm.Validation;

namespace Market.Wasm.Canonical;

/// <summary>
/// Decides after which instructions a NaN must be replaced by the canonical one, so that no engine's choice of NaN bits
/// can be observed and bits that are merely copied stay as they are.
/// <para>
/// Static classes of values (<see cref="NanClass"/>): constants, loads, reinterpreted integers, parameters, results of
/// calls and blocks and globals are copied; arithmetic gives an arithmetic value; a web of a local
/// (<see cref="LocalWebs"/>) has the greatest class that is ever set into it. An arithmetic value is made canonical by
/// the instruction that produced it when it flows into a reinterpretation, global, copied web, call, branch, block
/// border or return, meets a copied value in a select, or is an operand of neg, abs or copysign, which work on bits.
/// One that is stored is made canonical by the store. Comparisons and conversions to integers observe nothing.
/// </para>
/// <para>
/// The outcome is to the bit that of an engine whose every operation gives the positive canonical NaN, which is the
/// deterministic profile of WebAssembly 3.0.
/// </para>
/// </summary>
internal sealed class NanRule
{
    // Locals settle after one round per copy between them; more than this is given up safely by calling them all copied.
    private const int MaxRounds = 16;

    private readonly record struct Value(NanClass Class, int Producer);

    private readonly ValidatedBody _body;
    private readonly LocalWebs _webs;
    private readonly NanClass[] _locals;
    private readonly bool[] _marks;
    private readonly List<Value> _stack = [];
    private readonly Stack<int> _heights = [];
    private bool _grew;
    private bool _dead;

    private NanRule(ValidatedBody body)
    {
        _body = body;
        _webs = LocalWebs.Of(body);
        _locals = new NanClass[_webs.Count];
        for (var i = 0; i < body.Type.Parameters.Length; i++)
        {
            if (body.Locals[i].IsFloat()) _locals[_webs.AtStart(i)] = NanClass.Copied;
        }

        _marks = new bool[body.Code.Count];
    }

    /// <summary>For each instruction, whether its float result, or the value that it stores, must be made canonical.</summary>
    public static bool[] Apply(ValidatedBody body)
    {
        var rule = new NanRule(body);
        for (var round = 0; ; round++)
        {
            rule._grew = false;
            rule.Walk();
            if (!rule._grew) return rule._marks;
            if (round == MaxRounds) rule._locals.AsSpan().Fill(NanClass.Copied);
        }
    }

    private void Walk()
    {
        // A value can turn out to be copied in a later round, so marks start afresh.
        Array.Clear(_marks);
        _stack.Clear();
        _heights.Clear();
        _dead = false;
        _heights.Push(0);
        for (var i = 0; i < _body.Code.Count; i++) Step(i, _body.Code[i]);
    }

    private void Step(int i, in Instruction at)
    {
        switch (at.Op)
        {
            case Opcode.Unreachable: _dead = true; break;
            case Opcode.Block or Opcode.Loop: Enter(at); break;
            case Opcode.If: Pop(); Enter(at); break;
            case Opcode.Else: Leave(at); Enter(at); break;
            case Opcode.End: End(at); break;
            case Opcode.Br or Opcode.Return: Observe(at.Type!.Results.Length); _dead = true; break;
            case Opcode.BrIf: Pop(); Observe(at.Type!.Results.Length); break;
            case Opcode.BrTable: Pop(); Observe(at.Type!.Results.Length); _dead = true; break;
            case Opcode.Call: Call(i, at.Type!); break;
            case Opcode.CallIndirect: Pop(); Call(i, at.Type!); break;
            case Opcode.Drop: Pop(); break;
            case Opcode.Select: Select(i); break;
            case Opcode.LocalGet: Get(i, at); break;
            case Opcode.LocalSet: Set(i, at, Pop()); break;
            case Opcode.LocalTee: Set(i, at, Pop()); Get(i, at); break;
            case Opcode.GlobalGet: Push(((WasmType)at.Imm).IsFloat() ? NanClass.Copied : NanClass.Never, i); break;
            case Opcode.GlobalSet: Observe(1); Pop(); break;
            case Opcode.F32Store or Opcode.F64Store: _marks[i] = Pop().Class == NanClass.Arithmetic; Pop(); break;
            case Opcode.I32ReinterpretF32 or Opcode.I64ReinterpretF64: Observe(1); Pop(); Push(NanClass.Never, i); break;
            case Opcode.F32Const: Push(float.IsNaN(BitConverter.UInt32BitsToSingle((uint)at.Imm)) ? NanClass.Copied : NanClass.Never, i); break;
            case Opcode.F64Const: Push(double.IsNaN(BitConverter.UInt64BitsToDouble(at.Imm)) ? NanClass.Copied : NanClass.Never, i); break;
            case Opcode.F32Abs or Opcode.F64Abs or Opcode.F32Neg or Opcode.F64Neg: Push(Canonical(Pop()), i); break;
            case Opcode.F32Copysign or Opcode.F64Copysign: Canonical(Pop()); Push(Canonical(Pop()), i); break;
            default: Plain(i, at.Op); break;
        }
    }

    private void Plain(int i, Opcode op)
    {
        var info = OpcodeTable.Get(op);
        foreach (var _ in info.Operands) Pop();
        foreach (var result in info.Results) Push(ResultClass(op, result), i);
    }

    private static NanClass ResultClass(Opcode op, WasmType result)
    {
        if (!result.IsFloat()) return NanClass.Never;
        return op switch
        {
            Opcode.F32Load or Opcode.F64Load or Opcode.F32ReinterpretI32 or Opcode.F64ReinterpretI64 => NanClass.Copied,
            >= Opcode.F32ConvertI32S and <= Opcode.F32ConvertI64U => NanClass.Never,
            >= Opcode.F64ConvertI32S and <= Opcode.F64ConvertI64U => NanClass.Never,
            _ => NanClass.Arithmetic,
        };
    }

    private void Select(int i)
    {
        Pop();
        var second = Pop();
        var first = Pop();
        if (first.Class == NanClass.Copied || second.Class == NanClass.Copied)
        {
            Canonical(first);
            Canonical(second);
            Push(NanClass.Copied, i);
            return;
        }

        Push(first.Class > second.Class ? first.Class : second.Class, i);
    }

    private void Get(int i, in Instruction at) => Push(_body.Locals[(int)at.A].IsFloat() ? _locals[_webs.At(i)] : NanClass.Never, i);

    private void Set(int i, in Instruction at, Value value)
    {
        if (!_body.Locals[(int)at.A].IsFloat()) return;
        var web = _webs.At(i);
        if (value.Class > _locals[web])
        {
            _locals[web] = value.Class;
            _grew = true;
        }

        if (_locals[web] == NanClass.Copied) Canonical(value);
    }

    private void Call(int i, FunctionType type)
    {
        Observe(type.Parameters.Length);
        Pop(type.Parameters.Length);
        foreach (var result in type.Results) Push(result.IsFloat() ? NanClass.Copied : NanClass.Never, i);
    }

    private void Enter(in Instruction at)
    {
        var count = at.Type!.Parameters.Length;
        if (at.Op != Opcode.Else)
        {
            Observe(count);
            Pop(count);
        }

        _heights.Push(_stack.Count);
        Border(at.Type.Parameters);
    }

    /// <summary>Ends a block or its first arm; its results become what <see cref="Border"/> pushes.</summary>
    private void Leave(in Instruction at)
    {
        if (!_dead) Observe(at.Type!.Results.Length);
        _dead = false;
        var height = _heights.Pop();
        _stack.RemoveRange(height, _stack.Count - height);
    }

    private void End(in Instruction at)
    {
        Leave(at);
        if (_heights.Count > 0) Border(at.Type!.Results);
    }

    private void Border(WasmType[] types)
    {
        foreach (var type in types) Push(type.IsFloat() ? NanClass.Copied : NanClass.Never, -1);
    }

    private void Observe(int count)
    {
        for (var i = _stack.Count - count; i < _stack.Count; i++)
        {
            _stack[i] = _stack[i] with { Class = Canonical(_stack[i]) };
        }
    }

    /// <summary>Makes its producer give the canonical NaN; returns the class the value then has.</summary>
    private NanClass Canonical(Value value)
    {
        if (value.Class != NanClass.Arithmetic) return value.Class;
        _marks[value.Producer] = true;
        return NanClass.Copied;
    }

    private void Push(NanClass c, int producer) => _stack.Add(new Value(c, producer));

    private Value Pop()
    {
        var value = _stack[^1];
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private void Pop(int count) => _stack.RemoveRange(_stack.Count - count, count);
}
