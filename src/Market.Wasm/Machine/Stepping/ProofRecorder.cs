using System.Buffers;
using Market.Hashing;

namespace Market.Wasm.Machine.Stepping;

/// <summary>
/// Writes down what a step opens: after the state's and the run's preimage, in order, each leaf that was not open already
/// with its siblings as they are at that moment. The first opening of either part of the input is preceded by both roots.
/// </summary>
internal sealed class ProofRecorder : IStepAccess
{
    private readonly IProvableState _state;
    private readonly ArrayBufferWriter<byte> _proof = new();
    private readonly long[] _open = [-1, -1, -1, -1, -1, -1];

    public ProofRecorder(IProvableState state, ReadOnlySpan<byte> preimages)
    {
        _state = state;
        _proof.Write(preimages);
    }

    public byte[] Proof => _proof.WrittenSpan.ToArray();

    public MachineParameters Parameters => _state.Parameters;

    public ReadOnlySpan<byte> Open(MachineTree tree, uint leaf)
    {
        var bytes = _state.Open(tree, leaf);
        if (_open[(int)tree] == leaf) return bytes;
        if (tree is MachineTree.Frame or MachineTree.Stdin && _open[(int)MachineTree.Frame] < 0 && _open[(int)MachineTree.Stdin] < 0)
        {
            _proof.Write(_state.InputPreimage);
        }

        _proof.Write(bytes);
        foreach (var sibling in _state.Siblings(tree, leaf)) _proof.Write(sibling.ToArray());
        _open[(int)tree] = leaf;
        return _state.Open(tree, leaf);
    }

    public void Write(MachineTree tree, uint leaf, int offset, ReadOnlySpan<byte> bytes)
    {
        Open(tree, leaf);
        _state.Write(tree, leaf, offset, bytes);
    }

    public Hash256 OutputRoot(uint length)
    {
        var root = _state.OutputRoot(length);
        _proof.Write(root.ToArray());
        return root;
    }
}
