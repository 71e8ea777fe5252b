using System.Runtime.CompilerServices;
using Market.Wasm.Machine.Arithmetic;

namespace Market.Wasm.Machine.Fast;

/// <summary>
/// A mode for tests: float arithmetic that gives a NaN gives one of random sign and payload, except where the canonical
/// binary makes it canonical. No result of a run may move by it.
/// </summary>
public sealed unsafe partial class FastMachine
{
    private Dictionary<int, bool>? _canonical;
    private Random _noise = new(0);

    /// <summary>Switches the mode on. States then differ from the specification's in slots that nothing observes.</summary>
    public void MakeNansRandom(int seed)
    {
        _noise = new Random(seed);
        _canonical = _program.Canonical.ToDictionary(c => c.Pc, c => c.Single);
        foreach (var pc in _canonical.Keys) _code.MakeSlow(pc);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong Nan32(FastInstruction* at) =>
        _canonical is null ? FloatArithmetic.Bits(float.NaN) : (uint)_noise.NextInt64() | FloatArithmetic.Bits(float.NaN);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong Nan64(FastInstruction* at) =>
        _canonical is null ? FloatArithmetic.Bits(double.NaN) : ((ulong)_noise.NextInt64() << 1) | FloatArithmetic.Bits(double.NaN);

    /// <summary>The result of a rare numeric instruction: in the mode, another NaN where it gave the canonical one.</summary>
    private ulong Noisy(ulong result, FastInstruction* at)
    {
        if (_canonical is null) return result;
        return (MachineOp)at->Op switch
        {
            >= MachineOp.F32Ceil and <= MachineOp.F32Max when result == FloatArithmetic.Bits(float.NaN) => Nan32(at),
            >= MachineOp.F64Ceil and <= MachineOp.F64Max when result == FloatArithmetic.Bits(double.NaN) => Nan64(at),
            _ => result,
        };
    }

    /// <summary>In the mode, around a step done the slow way: makes canonical what the binary form does, stored or computed.</summary>
    private void Observe(int pc, bool stored)
    {
        if (_canonical is null || !_canonical.TryGetValue(pc, out var single)) return;
        var stores = _program.Code[pc].Op is MachineOp.F32Store or MachineOp.F64Store;
        if (stores != stored) return;
        var top = _regs.Sp - 1;
        var value = StackWord(top);
        SetStackWord(top, single ? FloatArithmetic.Canonical((uint)value) : FloatArithmetic.Canonical(value));
    }
}
