using System.Numerics;

namespace Market.Wasm.Machine.Arithmetic;

/// <summary>Integer instructions, and those that only rename bits.</summary>
public static class IntegerArithmetic
{
    /// <summary>Computes x op y, or op x; false if it traps or is none of these.</summary>
    public static bool TryCompute(MachineOp op, ulong x, ulong y, out ulong z)
    {
        if (op is MachineOp.I32Eqz or (>= MachineOp.I32Eq and <= MachineOp.I32GeU) or (>= MachineOp.I32Clz and <= MachineOp.I32Rotr)
            or MachineOp.I32Extend8S or MachineOp.I32Extend16S)
        {
            return TryCompute32(op, (uint)x, (uint)y, out z);
        }

        switch (op)
        {
            case MachineOp.I32WrapI64 or MachineOp.I64ExtendI32U or MachineOp.I32ReinterpretF32 or MachineOp.F32ReinterpretI32: z = (uint)x; return true;
            case MachineOp.I64ReinterpretF64 or MachineOp.F64ReinterpretI64: z = x; return true;
            case MachineOp.I64ExtendI32S or MachineOp.I64Extend32S: z = (ulong)(int)x; return true;
            default: return TryCompute64(op, x, y, out z);
        }
    }

    private static bool TryCompute32(MachineOp op, uint x, uint y, out ulong z)
    {
        var (s, t) = ((int)x, (int)y);
        z = 0;
        switch (op)
        {
            case MachineOp.I32Eqz: z = Bit(x == 0); break;
            case MachineOp.I32Eq: z = Bit(x == y); break;
            case MachineOp.I32Ne: z = Bit(x != y); break;
            case MachineOp.I32LtS: z = Bit(s < t); break;
            case MachineOp.I32LtU: z = Bit(x < y); break;
            case MachineOp.I32GtS: z = Bit(s > t); break;
            case MachineOp.I32GtU: z = Bit(x > y); break;
            case MachineOp.I32LeS: z = Bit(s <= t); break;
            case MachineOp.I32LeU: z = Bit(x <= y); break;
            case MachineOp.I32GeS: z = Bit(s >= t); break;
            case MachineOp.I32GeU: z = Bit(x >= y); break;
            case MachineOp.I32Clz: z = (uint)BitOperations.LeadingZeroCount(x); break;
            case MachineOp.I32Ctz: z = (uint)BitOperations.TrailingZeroCount(x); break;
            case MachineOp.I32Popcnt: z = (uint)BitOperations.PopCount(x); break;
            case MachineOp.I32Add: z = x + y; break;
            case MachineOp.I32Sub: z = x - y; break;
            case MachineOp.I32Mul: z = x * y; break;
            case MachineOp.I32DivS:
                if (t == 0 || (s == int.MinValue && t == -1)) return false;
                z = (uint)(s / t);
                break;
            case MachineOp.I32DivU:
                if (y == 0) return false;
                z = x / y;
                break;
            case MachineOp.I32RemS:
                if (t == 0) return false;
                z = t == -1 ? 0 : (uint)(s % t);
                break;
            case MachineOp.I32RemU:
                if (y == 0) return false;
                z = x % y;
                break;
            case MachineOp.I32And: z = x & y; break;
            case MachineOp.I32Or: z = x | y; break;
            case MachineOp.I32Xor: z = x ^ y; break;
            case MachineOp.I32Shl: z = x << (t & 31); break;
            case MachineOp.I32ShrS: z = (uint)(s >> (t & 31)); break;
            case MachineOp.I32ShrU: z = x >> (t & 31); break;
            case MachineOp.I32Rotl: z = BitOperations.RotateLeft(x, t & 31); break;
            case MachineOp.I32Rotr: z = BitOperations.RotateRight(x, t & 31); break;
            case MachineOp.I32Extend8S: z = (uint)(sbyte)x; break;
            case MachineOp.I32Extend16S: z = (uint)(short)x; break;
            default: return false;
        }

        return true;
    }

    private static bool TryCompute64(MachineOp op, ulong x, ulong y, out ulong z)
    {
        var (s, t) = ((long)x, (long)y);
        z = 0;
        switch (op)
        {
            case MachineOp.I64Eqz: z = Bit(x == 0); break;
            case MachineOp.I64Eq: z = Bit(x == y); break;
            case MachineOp.I64Ne: z = Bit(x != y); break;
            case MachineOp.I64LtS: z = Bit(s < t); break;
            case MachineOp.I64LtU: z = Bit(x < y); break;
            case MachineOp.I64GtS: z = Bit(s > t); break;
            case MachineOp.I64GtU: z = Bit(x > y); break;
            case MachineOp.I64LeS: z = Bit(s <= t); break;
            case MachineOp.I64LeU: z = Bit(x <= y); break;
            case MachineOp.I64GeS: z = Bit(s >= t); break;
            case MachineOp.I64GeU: z = Bit(x >= y); break;
            case MachineOp.I64Clz: z = (ulong)BitOperations.LeadingZeroCount(x); break;
            case MachineOp.I64Ctz: z = (ulong)BitOperations.TrailingZeroCount(x); break;
            case MachineOp.I64Popcnt: z = (ulong)BitOperations.PopCount(x); break;
            case MachineOp.I64Add: z = x + y; break;
            case MachineOp.I64Sub: z = x - y; break;
            case MachineOp.I64Mul: z = x * y; break;
            case MachineOp.I64DivS:
                if (t == 0 || (s == long.MinValue && t == -1)) return false;
                z = (ulong)(s / t);
                break;
            case MachineOp.I64DivU:
                if (y == 0) return false;
                z = x / y;
                break;
            case MachineOp.I64RemS:
                if (t == 0) return false;
                z = t == -1 ? 0 : (ulong)(s % t);
                break;
            case MachineOp.I64RemU:
                if (y == 0) return false;
                z = x % y;
                break;
            case MachineOp.I64And: z = x & y; break;
            case MachineOp.I64Or: z = x | y; break;
            case MachineOp.I64Xor: z = x ^ y; break;
            case MachineOp.I64Shl: z = x << (int)(y & 63); break;
            case MachineOp.I64ShrS: z = (ulong)(s >> (int)(y & 63)); break;
            case MachineOp.I64ShrU: z = x >> (int)(y & 63); break;
            case MachineOp.I64Rotl: z = BitOperations.RotateLeft(x, (int)(y & 63)); break;
            case MachineOp.I64Rotr: z = BitOperations.RotateRight(x, (int)(y & 63)); break;
            case MachineOp.I64Extend8S: z = (ulong)(sbyte)x; break;
            case MachineOp.I64Extend16S: z = (ulong)(short)x; break;
            default: return false;
        }

        return true;
    }

    private static ulong Bit(bool value) => value ? 1UL : 0;
}
