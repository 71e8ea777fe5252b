using Market.Hashing;

namespace Market.Wasm.Machine.Stepping;

/// <summary>
/// Does one step knowing nothing but the hash of the state before: what the contract does, in C#. Every byte of a proof
/// is bound to that hash, so no other bytes lead anywhere.
/// </summary>
public static class StepProof
{
    /// <summary>The hash of the state after, or null if <paramref name="proof"/> does not prove a step from <paramref name="state"/>.</summary>
    public static Hash256? Verify(Hash256 state, ReadOnlySpan<byte> proof)
    {
        if (proof.Length == MachineHalt.Size) return Keccak256.Hash(proof) == state ? state : null;
        try
        {
            var access = new ProofAccess(state, proof.ToArray());
            var registers = access.Registers;
            var halt = StepSpec.Step(access, ref registers);
            return access.Finish(registers, halt);
        }
        catch (BadProofException)
        {
            return null;
        }
    }

    private sealed class BadProofException : Exception;

    /// <summary>Reads the openings in order and checks each against the root of its tree.</summary>
    private sealed class ProofAccess : IStepAccess
    {
        private readonly byte[] _proof;
        private readonly Hash256 _run;
        private readonly Hash256 _input;
        private readonly OpenTree[] _trees;
        private int _position;
        private bool _inputKnown;

        public ProofAccess(Hash256 state, byte[] proof)
        {
            _proof = proof;
            var preimage = Take(MachineHash.StateSize);
            Require(Keccak256.Hash(preimage) == state);
            _run = new Hash256(preimage[..32]);
            var run = Take(MachineHash.RunSize);
            Require(Keccak256.Hash(run) == _run);
            Parameters = MachineParameters.Decode(run[64..]) ?? throw new BadProofException();
            Registers = MachineRegisters.Decode(preimage[32..64]);
            _input = new Hash256(run[32..64]);
            _trees =
            [
                new OpenTree(new Hash256(run[..32]), Parameters.CodeDepth),
                new OpenTree(new Hash256(preimage[64..96]), MachineParameters.StackDepth),
                new OpenTree(new Hash256(preimage[96..128]), Parameters.MemoryDepth),
                new OpenTree(default, ByteTree.Depth(Parameters.FrameLength)),
                new OpenTree(default, ByteTree.Depth(Parameters.StdinLength)),
                new OpenTree(new Hash256(preimage[128..160]), Parameters.OutputDepth),
            ];
        }

        public MachineParameters Parameters { get; }

        public MachineRegisters Registers { get; }

        public ReadOnlySpan<byte> Open(MachineTree tree, uint leaf)
        {
            var open = _trees[(int)tree];
            if (open.Leaf == leaf) return open.Bytes;
            if (tree is MachineTree.Frame or MachineTree.Stdin) KnowInput();
            open.Fold();
            Take(ByteTree.LeafSize).CopyTo(open.Bytes);
            for (var i = 0; i < open.Siblings.Length; i++) open.Siblings[i] = new Hash256(Take(Hash256.Size));
            open.Leaf = leaf;
            Require(open.Climb() == open.Root);
            return open.Bytes;
        }

        public void Write(MachineTree tree, uint leaf, int offset, ReadOnlySpan<byte> bytes)
        {
            Open(tree, leaf);
            var open = _trees[(int)tree];
            bytes.CopyTo(open.Bytes.AsSpan(offset));
            open.Written = true;
        }

        public Hash256 OutputRoot(uint length)
        {
            // All that lies beyond the length is zero, so the tree above the least one needs no siblings from the proof.
            var least = new Hash256(Take(Hash256.Size));
            var node = least;
            for (var level = ByteTree.Depth(length); level < Parameters.OutputDepth; level++) node = Keccak256.Hash(node, ByteTree.ZeroRoot(level));
            Require(node == _trees[(int)MachineTree.Output].Root);
            return least;
        }

        public Hash256 Finish(MachineRegisters registers, MachineHalt? halt)
        {
            Require(_position == _proof.Length);
            if (halt is { } end) return end.Hash();
            foreach (var tree in _trees) tree.Fold();
            var roots = new MachineRoots(_trees[(int)MachineTree.Stack].Root, _trees[(int)MachineTree.Memory].Root, _trees[(int)MachineTree.Output].Root);
            return Keccak256.Hash(MachineHash.StatePreimage(_run, registers, roots));
        }

        private void KnowInput()
        {
            if (_inputKnown) return;
            var roots = Take(2 * Hash256.Size);
            Require(Keccak256.Hash(roots) == _input);
            _trees[(int)MachineTree.Frame].Root = new Hash256(roots[..32]);
            _trees[(int)MachineTree.Stdin].Root = new Hash256(roots[32..]);
            _inputKnown = true;
        }

        private ReadOnlySpan<byte> Take(int length)
        {
            Require(_proof.Length - _position >= length);
            _position += length;
            return _proof.AsSpan(_position - length, length);
        }

        private static void Require(bool condition)
        {
            if (!condition) throw new BadProofException();
        }
    }

    /// <summary>A tree of which the root is known, and one leaf.</summary>
    private sealed class OpenTree(Hash256 root, int depth)
    {
        public Hash256 Root { get; set; } = root;

        public Hash256[] Siblings { get; } = new Hash256[depth];

        public byte[] Bytes { get; } = new byte[ByteTree.LeafSize];

        public long Leaf { get; set; } = -1;

        public bool Written { get; set; }

        public Hash256 Climb() => ByteTree.Climb(Keccak256.Hash(Bytes), Leaf, Siblings);

        /// <summary>Closes the leaf: what was written to it goes into the root.</summary>
        public void Fold()
        {
            if (Written) Root = Climb();
            Written = false;
        }
    }
}
