using System.Numerics;
using System.Runtime.CompilerServices;
using Market.Wasm.Machine.Arithmetic;

namespace Market.Wasm.Machine.Fast;

/// <summary>
/// The loop. Steps are counted where control moves: a line of instructions takes as many steps as it is long. Before a line
/// that might be longer than the budget a stop is put where the budget ends.
/// </summary>
public sealed unsafe partial class FastMachine
{
    /// <summary>Runs until the budget is used up, a breakpoint is reached, or there is an instruction that is not done here.</summary>
    /// <returns>Steps left of the budget.</returns>
    // One long method over few locals, so that they stay in registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private long Loop(long left)
    {
        var code = _code.First;
        var stack = (ulong*)_stack.First;
        var memory = _memory.First;
        var ip = code + _regs.Pc;
        var start = ip;
        var sp = stack + _regs.Sp;
        var fp = stack + _regs.Fp;
        var size = (ulong)_regs.Pages << 16;
        var fuel = _regs.Fuel;
        var room = _regs.Room;
        var highest = stack + _highest;
        long longest = _code.LongestLine;
        ulong address;
        double number;
        float single;
        _code.StopAt(-1);
        fixed (byte* dirty = _dirty)
        {
            goto Line;
        Trap:
            left -= (ip - start) + 1;
            ip = code + 1;
        Line:
            start = ip;
            if (left <= longest) _code.StopAt((ip - code) + left);
            while (true)
            {
                switch (ip->Op)
                {
                    case (ushort)MachineOp.LocalGet: *sp++ = fp[ip->B]; ip++; continue;
                    case (ushort)MachineOp.LocalSet: fp[ip->B] = *--sp; ip++; continue;
                    case (ushort)MachineOp.LocalTee: fp[ip->B] = sp[-1]; ip++; continue;
                    case (ushort)MachineOp.GlobalGet: *sp++ = stack[ip->B]; ip++; continue;
                    case (ushort)MachineOp.GlobalSet: stack[ip->B] = *--sp; ip++; continue;
                    case (ushort)MachineOp.I32Const: *sp++ = ip->Imm; ip++; continue;
                    case (ushort)MachineOp.I64Const: *sp++ = ip->Imm; ip++; continue;
                    case (ushort)MachineOp.F32Const: *sp++ = ip->Imm; ip++; continue;
                    case (ushort)MachineOp.F64Const: *sp++ = ip->Imm; ip++; continue;
                    case (ushort)MachineOp.Drop: sp -= ip->B; ip++; continue;
                    case (ushort)MachineOp.Select: sp -= 2; if ((uint)sp[1] == 0) sp[-1] = sp[0]; ip++; continue;
                    case (ushort)MachineOp.Slide: sp[-1 - (long)ip->B] = sp[-1]; sp -= ip->B; ip++; continue;
                    case (ushort)MachineOp.Copy: *(sp - ip->Imm) = *(sp - ip->B); ip++; continue;
                    case (ushort)MachineOp.PushRecord: *sp++ = fp[ip->A]; ip++; continue;
                    case (ushort)MachineOp.FuelGet: *sp++ = (ulong)fuel; ip++; continue;
                    case (ushort)MachineOp.FuelSet: fuel = (long)*--sp; ip++; continue;
                    case (ushort)MachineOp.MemorySize: *sp++ = size >> 16; ip++; continue;
                    case (ushort)MachineOp.I32Add: sp--; sp[-1] = (uint)sp[-1] + (uint)sp[0]; ip++; continue;
                    case (ushort)MachineOp.I32Sub: sp--; sp[-1] = (uint)sp[-1] - (uint)sp[0]; ip++; continue;
                    case (ushort)MachineOp.I32Mul: sp--; sp[-1] = (uint)sp[-1] * (uint)sp[0]; ip++; continue;
                    case (ushort)MachineOp.I32And: sp--; sp[-1] = (uint)sp[-1] & (uint)sp[0]; ip++; continue;
                    case (ushort)MachineOp.I32Or: sp--; sp[-1] = (uint)sp[-1] | (uint)sp[0]; ip++; continue;
                    case (ushort)MachineOp.I32Xor: sp--; sp[-1] = (uint)sp[-1] ^ (uint)sp[0]; ip++; continue;
                    case (ushort)MachineOp.I32Shl: sp--; sp[-1] = (uint)sp[-1] << (int)sp[0]; ip++; continue;
                    case (ushort)MachineOp.I32ShrS: sp--; sp[-1] = (uint)((int)sp[-1] >> (int)sp[0]); ip++; continue;
                    case (ushort)MachineOp.I32ShrU: sp--; sp[-1] = (uint)sp[-1] >> (int)sp[0]; ip++; continue;
                    case (ushort)MachineOp.I32Rotl: sp--; sp[-1] = BitOperations.RotateLeft((uint)sp[-1], (int)sp[0]); ip++; continue;
                    case (ushort)MachineOp.I32Rotr: sp--; sp[-1] = BitOperations.RotateRight((uint)sp[-1], (int)sp[0]); ip++; continue;
                    case (ushort)MachineOp.I32Eqz: sp[-1] = (uint)sp[-1] == 0 ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.I32Eq: sp--; sp[-1] = (uint)sp[-1] == (uint)sp[0] ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.I32Ne: sp--; sp[-1] = (uint)sp[-1] != (uint)sp[0] ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.I32LtS: sp--; sp[-1] = (int)sp[-1] < (int)sp[0] ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.I32LtU: sp--; sp[-1] = (uint)sp[-1] < (uint)sp[0] ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.I32GtS: sp--; sp[-1] = (int)sp[-1] > (int)sp[0] ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.I32GtU: sp--; sp[-1] = (uint)sp[-1] > (uint)sp[0] ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.I32LeS: sp--; sp[-1] = (int)sp[-1] <= (int)sp[0] ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.I32LeU: sp--; sp[-1] = (uint)sp[-1] <= (uint)sp[0] ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.I32GeS: sp--; sp[-1] = (int)sp[-1] >= (int)sp[0] ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.I32GeU: sp--; sp[-1] = (uint)sp[-1] >= (uint)sp[0] ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.I64Add: sp--; sp[-1] += sp[0]; ip++; continue;
                    case (ushort)MachineOp.I64Sub: sp--; sp[-1] -= sp[0]; ip++; continue;
                    case (ushort)MachineOp.I64Mul: sp--; sp[-1] *= sp[0]; ip++; continue;
                    case (ushort)MachineOp.I64And: sp--; sp[-1] &= sp[0]; ip++; continue;
                    case (ushort)MachineOp.I64Or: sp--; sp[-1] |= sp[0]; ip++; continue;
                    case (ushort)MachineOp.I64Xor: sp--; sp[-1] ^= sp[0]; ip++; continue;
                    case (ushort)MachineOp.I64Shl: sp--; sp[-1] <<= (int)sp[0]; ip++; continue;
                    case (ushort)MachineOp.I64ShrS: sp--; sp[-1] = (ulong)((long)sp[-1] >> (int)sp[0]); ip++; continue;
                    case (ushort)MachineOp.I64ShrU: sp--; sp[-1] >>= (int)sp[0]; ip++; continue;
                    case (ushort)MachineOp.I64Rotl: sp--; sp[-1] = BitOperations.RotateLeft(sp[-1], (int)sp[0]); ip++; continue;
                    case (ushort)MachineOp.I64Rotr: sp--; sp[-1] = BitOperations.RotateRight(sp[-1], (int)sp[0]); ip++; continue;
                    case (ushort)MachineOp.I64Eqz: sp[-1] = sp[-1] == 0 ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.I64Eq: sp--; sp[-1] = sp[-1] == sp[0] ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.I64Ne: sp--; sp[-1] = sp[-1] != sp[0] ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.I64LtS: sp--; sp[-1] = (long)sp[-1] < (long)sp[0] ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.I64LtU: sp--; sp[-1] = sp[-1] < sp[0] ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.I64GtS: sp--; sp[-1] = (long)sp[-1] > (long)sp[0] ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.I64GtU: sp--; sp[-1] = sp[-1] > sp[0] ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.I64LeS: sp--; sp[-1] = (long)sp[-1] <= (long)sp[0] ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.I64LeU: sp--; sp[-1] = sp[-1] <= sp[0] ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.I64GeS: sp--; sp[-1] = (long)sp[-1] >= (long)sp[0] ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.I64GeU: sp--; sp[-1] = sp[-1] >= sp[0] ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.I32WrapI64: sp[-1] = (uint)sp[-1]; ip++; continue;
                    case (ushort)MachineOp.I64ExtendI32U: sp[-1] = (uint)sp[-1]; ip++; continue;
                    case (ushort)MachineOp.I64ExtendI32S: sp[-1] = (ulong)(int)sp[-1]; ip++; continue;
                    case (ushort)MachineOp.I64Extend32S: sp[-1] = (ulong)(int)sp[-1]; ip++; continue;
                    case (ushort)MachineOp.I32Extend8S: sp[-1] = (uint)(sbyte)sp[-1]; ip++; continue;
                    case (ushort)MachineOp.I32Extend16S: sp[-1] = (uint)(short)sp[-1]; ip++; continue;
                    case (ushort)MachineOp.I32ReinterpretF32: sp[-1] = (uint)sp[-1]; ip++; continue;
                    case (ushort)MachineOp.F32ReinterpretI32: sp[-1] = (uint)sp[-1]; ip++; continue;
                    case (ushort)MachineOp.I64ReinterpretF64 or (ushort)MachineOp.F64ReinterpretI64: ip++; continue;
                    case (ushort)MachineOp.F64Add: sp--; number = *(double*)(sp - 1) + *(double*)sp; *(double*)(sp - 1) = number; if (double.IsNaN(number)) sp[-1] = Nan64(ip); ip++; continue;
                    case (ushort)MachineOp.F64Sub: sp--; number = *(double*)(sp - 1) - *(double*)sp; *(double*)(sp - 1) = number; if (double.IsNaN(number)) sp[-1] = Nan64(ip); ip++; continue;
                    case (ushort)MachineOp.F64Mul: sp--; number = *(double*)(sp - 1) * *(double*)sp; *(double*)(sp - 1) = number; if (double.IsNaN(number)) sp[-1] = Nan64(ip); ip++; continue;
                    case (ushort)MachineOp.F64Div: sp--; number = *(double*)(sp - 1) / *(double*)sp; *(double*)(sp - 1) = number; if (double.IsNaN(number)) sp[-1] = Nan64(ip); ip++; continue;
                    case (ushort)MachineOp.F64Sqrt: number = Math.Sqrt(*(double*)(sp - 1)); *(double*)(sp - 1) = number; if (double.IsNaN(number)) sp[-1] = Nan64(ip); ip++; continue;
                    case (ushort)MachineOp.F64Eq: sp--; sp[-1] = *(double*)(sp - 1) == *(double*)sp ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.F64Ne: sp--; sp[-1] = *(double*)(sp - 1) != *(double*)sp ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.F64Lt: sp--; sp[-1] = *(double*)(sp - 1) < *(double*)sp ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.F64Gt: sp--; sp[-1] = *(double*)(sp - 1) > *(double*)sp ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.F64Le: sp--; sp[-1] = *(double*)(sp - 1) <= *(double*)sp ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.F64Ge: sp--; sp[-1] = *(double*)(sp - 1) >= *(double*)sp ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.F64Neg: sp[-1] ^= 1UL << 63; ip++; continue;
                    case (ushort)MachineOp.F64Abs: sp[-1] &= ~(1UL << 63); ip++; continue;
                    case (ushort)MachineOp.F32Add: sp--; single = *(float*)(sp - 1) + *(float*)sp; sp[-1] = BitConverter.SingleToUInt32Bits(single); if (float.IsNaN(single)) sp[-1] = Nan32(ip); ip++; continue;
                    case (ushort)MachineOp.F32Sub: sp--; single = *(float*)(sp - 1) - *(float*)sp; sp[-1] = BitConverter.SingleToUInt32Bits(single); if (float.IsNaN(single)) sp[-1] = Nan32(ip); ip++; continue;
                    case (ushort)MachineOp.F32Mul: sp--; single = *(float*)(sp - 1) * *(float*)sp; sp[-1] = BitConverter.SingleToUInt32Bits(single); if (float.IsNaN(single)) sp[-1] = Nan32(ip); ip++; continue;
                    case (ushort)MachineOp.F32Div: sp--; single = *(float*)(sp - 1) / *(float*)sp; sp[-1] = BitConverter.SingleToUInt32Bits(single); if (float.IsNaN(single)) sp[-1] = Nan32(ip); ip++; continue;
                    case (ushort)MachineOp.F32Sqrt: single = MathF.Sqrt(*(float*)(sp - 1)); sp[-1] = BitConverter.SingleToUInt32Bits(single); if (float.IsNaN(single)) sp[-1] = Nan32(ip); ip++; continue;
                    case (ushort)MachineOp.F32Eq: sp--; sp[-1] = *(float*)(sp - 1) == *(float*)sp ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.F32Ne: sp--; sp[-1] = *(float*)(sp - 1) != *(float*)sp ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.F32Lt: sp--; sp[-1] = *(float*)(sp - 1) < *(float*)sp ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.F32Gt: sp--; sp[-1] = *(float*)(sp - 1) > *(float*)sp ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.F32Le: sp--; sp[-1] = *(float*)(sp - 1) <= *(float*)sp ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.F32Ge: sp--; sp[-1] = *(float*)(sp - 1) >= *(float*)sp ? 1UL : 0; ip++; continue;
                    case (ushort)MachineOp.F32Neg: sp[-1] = (uint)sp[-1] ^ 0x80000000u; ip++; continue;
                    case (ushort)MachineOp.F32Abs: sp[-1] = (uint)sp[-1] & 0x7fffffffu; ip++; continue;
                    case (ushort)MachineOp.F64ConvertI32S: *(double*)(sp - 1) = (int)sp[-1]; ip++; continue;
                    case (ushort)MachineOp.F64ConvertI32U: *(double*)(sp - 1) = (uint)sp[-1]; ip++; continue;
                    case (ushort)MachineOp.F64ConvertI64S: *(double*)(sp - 1) = (long)sp[-1]; ip++; continue;
                    case (ushort)MachineOp.F64PromoteF32: number = *(float*)(sp - 1); *(double*)(sp - 1) = number; if (double.IsNaN(number)) sp[-1] = Nan64(ip); ip++; continue;
                    case (ushort)MachineOp.F32DemoteF64: single = (float)*(double*)(sp - 1); sp[-1] = BitConverter.SingleToUInt32Bits(single); if (float.IsNaN(single)) sp[-1] = Nan32(ip); ip++; continue;
                    case (ushort)MachineOp.F32ConvertI32S: sp[-1] = BitConverter.SingleToUInt32Bits((int)sp[-1]); ip++; continue;
                    case (ushort)MachineOp.I32Load:
                        address = (uint)sp[-1] + (ulong)ip->B;
                        if (address + 4 > size) goto Trap;
                        sp[-1] = *(uint*)(memory + address);
                        ip++;
                        continue;
                    case (ushort)MachineOp.I64Load:
                        address = (uint)sp[-1] + (ulong)ip->B;
                        if (address + 8 > size) goto Trap;
                        sp[-1] = *(ulong*)(memory + address);
                        ip++;
                        continue;
                    case (ushort)MachineOp.F32Load:
                        address = (uint)sp[-1] + (ulong)ip->B;
                        if (address + 4 > size) goto Trap;
                        sp[-1] = *(uint*)(memory + address);
                        ip++;
                        continue;
                    case (ushort)MachineOp.F64Load:
                        address = (uint)sp[-1] + (ulong)ip->B;
                        if (address + 8 > size) goto Trap;
                        sp[-1] = *(ulong*)(memory + address);
                        ip++;
                        continue;
                    case (ushort)MachineOp.I32Load8U:
                        address = (uint)sp[-1] + (ulong)ip->B;
                        if (address + 1 > size) goto Trap;
                        sp[-1] = memory[address];
                        ip++;
                        continue;
                    case (ushort)MachineOp.I64Load8U:
                        address = (uint)sp[-1] + (ulong)ip->B;
                        if (address + 1 > size) goto Trap;
                        sp[-1] = memory[address];
                        ip++;
                        continue;
                    case (ushort)MachineOp.I32Load8S:
                        address = (uint)sp[-1] + (ulong)ip->B;
                        if (address + 1 > size) goto Trap;
                        sp[-1] = (uint)*(sbyte*)(memory + address);
                        ip++;
                        continue;
                    case (ushort)MachineOp.I64Load8S:
                        address = (uint)sp[-1] + (ulong)ip->B;
                        if (address + 1 > size) goto Trap;
                        sp[-1] = (ulong)*(sbyte*)(memory + address);
                        ip++;
                        continue;
                    case (ushort)MachineOp.I32Load16U:
                        address = (uint)sp[-1] + (ulong)ip->B;
                        if (address + 2 > size) goto Trap;
                        sp[-1] = *(ushort*)(memory + address);
                        ip++;
                        continue;
                    case (ushort)MachineOp.I64Load16U:
                        address = (uint)sp[-1] + (ulong)ip->B;
                        if (address + 2 > size) goto Trap;
                        sp[-1] = *(ushort*)(memory + address);
                        ip++;
                        continue;
                    case (ushort)MachineOp.I32Load16S:
                        address = (uint)sp[-1] + (ulong)ip->B;
                        if (address + 2 > size) goto Trap;
                        sp[-1] = (uint)*(short*)(memory + address);
                        ip++;
                        continue;
                    case (ushort)MachineOp.I64Load16S:
                        address = (uint)sp[-1] + (ulong)ip->B;
                        if (address + 2 > size) goto Trap;
                        sp[-1] = (ulong)*(short*)(memory + address);
                        ip++;
                        continue;
                    case (ushort)MachineOp.I64Load32U:
                        address = (uint)sp[-1] + (ulong)ip->B;
                        if (address + 4 > size) goto Trap;
                        sp[-1] = *(uint*)(memory + address);
                        ip++;
                        continue;
                    case (ushort)MachineOp.I64Load32S:
                        address = (uint)sp[-1] + (ulong)ip->B;
                        if (address + 4 > size) goto Trap;
                        sp[-1] = (ulong)*(int*)(memory + address);
                        ip++;
                        continue;
                    case (ushort)MachineOp.I32Store or (ushort)MachineOp.F32Store or (ushort)MachineOp.I64Store32:
                        address = (uint)sp[-2] + (ulong)ip->B;
                        if (address + 4 > size) goto Trap;
                        *(uint*)(memory + address) = (uint)sp[-1];
                        dirty[address >> PagedTree.PageBits] = 1;
                        dirty[(address + 3) >> PagedTree.PageBits] = 1;
                        sp -= 2;
                        ip++;
                        continue;
                    case (ushort)MachineOp.I64Store or (ushort)MachineOp.F64Store:
                        address = (uint)sp[-2] + (ulong)ip->B;
                        if (address + 8 > size) goto Trap;
                        *(ulong*)(memory + address) = (ulong)sp[-1];
                        dirty[address >> PagedTree.PageBits] = 1;
                        dirty[(address + 7) >> PagedTree.PageBits] = 1;
                        sp -= 2;
                        ip++;
                        continue;
                    case (ushort)MachineOp.I32Store8 or (ushort)MachineOp.I64Store8:
                        address = (uint)sp[-2] + (ulong)ip->B;
                        if (address + 1 > size) goto Trap;
                        *(byte*)(memory + address) = (byte)sp[-1];
                        dirty[address >> PagedTree.PageBits] = 1;
                        sp -= 2;
                        ip++;
                        continue;
                    case (ushort)MachineOp.I32Store16 or (ushort)MachineOp.I64Store16:
                        address = (uint)sp[-2] + (ulong)ip->B;
                        if (address + 2 > size) goto Trap;
                        *(ushort*)(memory + address) = (ushort)sp[-1];
                        dirty[address >> PagedTree.PageBits] = 1;
                        dirty[(address + 1) >> PagedTree.PageBits] = 1;
                        sp -= 2;
                        ip++;
                        continue;
                    case (ushort)MachineOp.Zero:
                        for (var i = 0u; i < ip->B; i++) *sp++ = 0;
                        ip++;
                        continue;
                    case (ushort)MachineOp.Meter:
                        fuel -= (long)ip->Imm;
                        if (ip->A != 0 && fuel < 0) goto Trap;
                        ip++;
                        continue;
                    case (ushort)MachineOp.Guard:
                        room -= (int)ip->B;
                        if (room < 0) goto Trap;
                        ip++;
                        continue;
                    case (ushort)MachineOp.Unguard:
                        room += (int)ip->B;
                        ip++;
                        continue;
                    case (ushort)MachineOp.BranchIfZero:
                        if ((uint)*--sp != 0)
                        {
                            ip++;
                            continue;
                        }

                        goto case (ushort)MachineOp.Branch;
                    case (ushort)MachineOp.BranchIfNotZero:
                        if ((uint)*--sp == 0)
                        {
                            ip++;
                            continue;
                        }

                        goto case (ushort)MachineOp.Branch;
                    case (ushort)MachineOp.Branch:
                        left -= (ip - start) + 1;
                        ip = code + ip->B;
                        goto Line;
                    case (ushort)MachineOp.BranchTable:
                        left -= (ip - start) + 1;
                        ip += 1 + Math.Min((uint)*--sp, ip->B);
                        goto Line;
                    case (ushort)MachineOp.Call:
                        left -= (ip - start) + 1;
                        *sp = ((ulong)((ip - code) + 1) << 32) | (uint)(fp - stack);
                        fp = sp - ip->A;
                        if (++sp > highest) highest = sp;
                        ip = code + ip->B;
                        goto Line;
                    case (ushort)MachineOp.CallIndirect:
                        address = (uint)sp[-1];
                        if (address >= ip->Imm >> 32) goto Trap;
                        left -= (ip - start) + 1;
                        sp[-1] = ((ulong)((ip - code) + 1) << 32) | (uint)ip->Imm;
                        ip = code + ip->B + address;
                        goto Line;
                    case (ushort)MachineOp.TableEntry:
                        if ((uint)sp[-1] != (uint)ip->Imm) goto Trap;
                        left -= (ip - start) + 1;
                        sp[-1] = (sp[-1] & 0xffffffff00000000) | (uint)(fp - stack);
                        fp = sp - 1 - ip->A;
                        if (sp > highest) highest = sp;
                        ip = code + ip->B;
                        goto Line;
                    case (ushort)MachineOp.Return:
                        left -= (ip - start) + 1;
                        address = fp[ip->A];
                        if (ip->B != 0)
                        {
                            *fp = sp[-1];
                            fp++;
                        }

                        sp = fp;
                        fp = stack + (uint)address;
                        ip = code + (address >> 32);
                        goto Line;
                    case (ushort)MachineOp.MemoryCopy or (ushort)MachineOp.MemoryFill or (ushort)MachineOp.InputCopy or (ushort)MachineOp.OutputCopy:
                        left -= ip - start;
                        _regs = _regs with { Sp = (uint)(sp - stack) };
                        switch (Bulk((MachineOp)ip->Op, dirty, ref left))
                        {
                            case null:
                                // The budget ended between two chunks.
                                start = ip;
                                goto Leave;
                            case false:
                                start = ip;
                                goto Trap;
                            default:
                                left--;
                                sp -= ip->Op == (ushort)MachineOp.OutputCopy ? 2 : 3;
                                ip++;
                                goto Line;
                        }

                    case FastCode.Stop or FastCode.Slow or (ushort)MachineOp.MemoryGrow or (ushort)MachineOp.ReturnMany
                        or (ushort)MachineOp.InputLength or (ushort)MachineOp.Exit or (ushort)MachineOp.Halt:
                        goto Leave;
                    case (ushort)MachineOp.Trap: goto Trap;
                    default:
                        // Numeric instructions that are rare.
                        var operands = MachineArithmetic.Operands((MachineOp)ip->Op);
                        if (operands == 0 || !MachineArithmetic.TryCompute((MachineOp)ip->Op, sp[-operands], sp[-1], out var result)) goto Trap;
                        sp += 1 - operands;
                        sp[-1] = Noisy(result, ip);
                        ip++;
                        continue;
                }
            }

        Leave:
            left -= ip - start;
        }

        _highest = highest - stack;
        _regs = _regs with { Pc = (uint)(ip - code), Sp = (uint)(sp - stack), Fp = (uint)(fp - stack), Room = room, Fuel = fuel };
        return left;
    }
}
