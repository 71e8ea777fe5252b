using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Market.Wasm.Machine.Fast;

/// <summary>One instruction as the fast machine reads it: in the processor's own byte order.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FastInstruction
{
    public ushort Op;
    public ushort A;
    public uint B;
    public ulong Imm;
}

/// <summary>
/// A program's instructions in memory that does not move, with places at which the machine stops: breakpoints, and the one
/// place where a budget of steps ends. So the loop tests its budget only where control moves, and still stops to the step.
/// </summary>
internal sealed unsafe class FastCode : SafeHandle
{
    /// <summary>A number that no instruction has: stop here.</summary>
    public const ushort Stop = 0x300;

    /// <summary>Likewise: do this instruction the slow way (a mode of tests).</summary>
    public const ushort Slow = 0x301;

    // Reached only by falling off the end, which no lowered program does: a trap then, as in the padding of the code tree.
    private const int Padding = 8;

    private readonly ImmutableArray<MachineInstruction> _source;
    private readonly HashSet<int> _breakpoints = [];
    private readonly HashSet<int> _slow = [];
    private int _stop = -1;

    public FastCode(ImmutableArray<MachineInstruction> source)
        : base(0, ownsHandle: true)
    {
        _source = source;
        SetHandle((nint)NativeMemory.AllocZeroed((nuint)(source.Length + Padding), (nuint)sizeof(FastInstruction)));
        var line = 0;
        for (var i = 0; i < source.Length; i++)
        {
            var at = source[i];
            First[i] = new FastInstruction { Op = (ushort)at.Op, A = at.A, B = at.B, Imm = at.Imm };
            line++;
            LongestLine = Math.Max(LongestLine, line);
            if (at.Op is MachineOp.Branch or MachineOp.Call or MachineOp.Return or MachineOp.ReturnMany or MachineOp.BranchTable
                or MachineOp.CallIndirect or MachineOp.TableEntry or MachineOp.Trap or MachineOp.Halt or MachineOp.Exit) line = 0;
        }
    }

    /// <summary>The first instruction. Good until the object is disposed of.</summary>
    public FastInstruction* First => (FastInstruction*)handle;

    /// <summary>Most instructions that can follow each other without a jump.</summary>
    public int LongestLine { get; }

    public override bool IsInvalid => handle == 0;

    /// <summary>Whether a breakpoint stands at an instruction.</summary>
    public bool HasBreakpoint(uint at) => _breakpoints.Contains((int)at);

    /// <summary>Sets a breakpoint.</summary>
    public void Break(uint at)
    {
        _breakpoints.Add((int)at);
        Write((int)at);
    }

    /// <summary>Has an instruction done the slow way.</summary>
    public void MakeSlow(int at)
    {
        _slow.Add(at);
        Write(at);
    }

    /// <summary>Stops at an instruction, and no longer where it was told to stop before.</summary>
    public void StopAt(long at)
    {
        var before = _stop;
        _stop = at < _source.Length ? (int)at : -1;
        if (before >= 0) Write(before);
        if (_stop >= 0) Write(_stop);
    }

    protected override bool ReleaseHandle()
    {
        NativeMemory.Free((void*)handle);
        return true;
    }

    private void Write(int at) => First[at].Op = at == _stop || _breakpoints.Contains(at) ? Stop : _slow.Contains(at) ? Slow : (ushort)_source[at].Op;
}
