using Market.Hashing;

namespace Market.Wasm.Machine.Stepping;

/// <summary>
/// A whole state, stepped by <see cref="StepSpec"/>: slow, and beyond doubt. The fast machine is compared with it, and
/// proofs come out of it.
/// </summary>
public sealed class SpecState : IProvableState
{
    private readonly ByteRegion[] _regions;
    private readonly Hash256 _run;
    private readonly byte[] _runPreimage;
    private readonly byte[] _inputPreimage = new byte[2 * Hash256.Size];
    private MachineRegisters _registers;

    /// <summary>Any state, reachable or not; the regions' bytes are those of the trees, missing ones zero.</summary>
    public SpecState(
        MachineParameters parameters, MachineRegisters registers, ReadOnlySpan<byte> code, ReadOnlySpan<byte> stack,
        ReadOnlySpan<byte> memory, ReadOnlySpan<byte> frame, ReadOnlySpan<byte> stdin, ReadOnlySpan<byte> output)
    {
        Parameters = parameters;
        _registers = registers;
        _regions =
        [
            new ByteRegion(parameters.CodeDepth, code),
            new ByteRegion(MachineParameters.StackDepth, stack),
            new ByteRegion(parameters.MemoryDepth, memory),
            new ByteRegion(ByteTree.Depth(parameters.FrameLength), frame),
            new ByteRegion(ByteTree.Depth(parameters.StdinLength), stdin),
            new ByteRegion(parameters.OutputDepth, output),
        ];
        Region(MachineTree.Frame).Root.CopyTo(_inputPreimage);
        Region(MachineTree.Stdin).Root.CopyTo(_inputPreimage.AsSpan(Hash256.Size));
        _runPreimage = MachineHash.RunPreimage(Region(MachineTree.Code).Root, Keccak256.Hash(_inputPreimage), parameters);
        _run = Keccak256.Hash(_runPreimage);
    }

    /// <summary>The first state of a run.</summary>
    public static SpecState Start(MachineProgram program, MachineParameters parameters, ReadOnlySpan<byte> frame, ReadOnlySpan<byte> stdin)
    {
        var memory = new byte[program.Memory.Length];
        program.Memory.CopyTo(memory);
        return new SpecState(parameters, program.InitialRegisters(parameters), program.CodeBytes, program.StackBytes(), memory, frame, stdin, []);
    }

    /// <inheritdoc/>
    public MachineParameters Parameters { get; }

    /// <summary>Registers; of a halted state those of its last running one.</summary>
    public MachineRegisters Registers => _registers;

    /// <summary>How the run ended; null while it runs.</summary>
    public MachineHalt? End { get; private set; }

    /// <summary>The preimage of <see cref="Hash"/>.</summary>
    public byte[] Preimage => End is { } end
        ? end.Encode()
        : MachineHash.StatePreimage(_run, _registers, new MachineRoots(
            Region(MachineTree.Stack).Root, Region(MachineTree.Memory).Root, Region(MachineTree.Output).Root));

    /// <summary>The state's hash.</summary>
    public Hash256 Hash => Keccak256.Hash(Preimage);

    /// <summary>Bytes of a tree as far as they were ever written.</summary>
    public ReadOnlySpan<byte> Content(MachineTree tree) => Region(tree).Content;

    /// <summary>Does one step. A halted state stays as it is.</summary>
    public void Step()
    {
        if (End is null) End = StepSpec.Step(this, ref _registers);
    }

    /// <summary>Does one step and returns the proof with which anyone who knows only the hash before can do it too.</summary>
    public byte[] Prove()
    {
        if (End is { } end) return end.Encode();
        var recorder = new ProofRecorder(this, [.. Preimage, .. _runPreimage]);
        End = StepSpec.Step(recorder, ref _registers);
        return recorder.Proof;
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Open(MachineTree tree, uint leaf) => Region(tree).Leaf((int)leaf);

    /// <inheritdoc/>
    public void Write(MachineTree tree, uint leaf, int offset, ReadOnlySpan<byte> bytes) => Region(tree).Write((int)leaf, offset, bytes);

    /// <inheritdoc/>
    public Hash256 OutputRoot(uint length) => Region(MachineTree.Output).LeftRoot(ByteTree.Depth(length));

    /// <inheritdoc/>
    public ReadOnlySpan<byte> InputPreimage => _inputPreimage;

    /// <inheritdoc/>
    public IReadOnlyList<Hash256> Siblings(MachineTree tree, uint leaf) => Region(tree).Siblings((int)leaf);

    private ByteRegion Region(MachineTree tree) => _regions[(int)tree];
}
