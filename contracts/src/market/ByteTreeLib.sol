// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @notice The byte tree that names every blob: keccak-256 over 128-byte leaves, zero-padded; the least depth whose leaves hold
/// the bytes. The same rules as ByteTree in the C# hashing library, held to it by vectors.
library ByteTreeLib {
    uint256 internal constant LEAF = 128;

    error ByteTreeLength(uint256 length);

    /// @notice Levels above the leaves of a blob of `length` bytes.
    function depth(uint256 length) internal pure returns (uint256 levels) {
        uint256 leaves = length <= LEAF ? 1 : (length + LEAF - 1) / LEAF;
        while (uint256(1) << levels < leaves) levels++;
    }

    /// @notice Root of a full subtree over `data`, whose length is a power of two of leaves.
    function rootOf(bytes calldata data) internal pure returns (bytes32) {
        uint256 count = data.length / LEAF;
        if (count == 0 || data.length % LEAF != 0 || count & (count - 1) != 0) revert ByteTreeLength(data.length);
        bytes32[] memory nodes = new bytes32[](count);
        for (uint256 i = 0; i < count; i++) nodes[i] = keccak256(data[i * LEAF:(i + 1) * LEAF]);
        for (; count > 1; count /= 2) {
            for (uint256 i = 0; i < count / 2; i++) nodes[i] = join(nodes[2 * i], nodes[2 * i + 1]);
        }
        return nodes[0];
    }

    /// @notice Root that the node at `index` of its level leads to through its siblings, lowest first.
    /// @dev In assembly, four levels a turn, because the step contract climbs up to seven paths of 9 to 25 levels (measured: 38 gas
    /// of 160 a level less than a plain loop): both halves stand in scratch space, the node in the half that the index's bit, moved to 32, says.
    function climb(bytes32 node, uint256 index, bytes32[] calldata siblings) internal pure returns (bytes32 root) {
        assembly ("memory-safe") {
            root := node
            index := shl(5, index)
            let at := siblings.offset
            let end := add(at, shl(5, siblings.length))
            for {} lt(add(at, 96), end) {} {
                let half := and(index, 32)
                mstore(half, root)
                mstore(xor(half, 32), calldataload(at))
                root := keccak256(0, 64)
                half := and(shr(1, index), 32)
                mstore(half, root)
                mstore(xor(half, 32), calldataload(add(at, 32)))
                root := keccak256(0, 64)
                half := and(shr(2, index), 32)
                mstore(half, root)
                mstore(xor(half, 32), calldataload(add(at, 64)))
                root := keccak256(0, 64)
                half := and(shr(3, index), 32)
                mstore(half, root)
                mstore(xor(half, 32), calldataload(add(at, 96)))
                root := keccak256(0, 64)
                index := shr(4, index)
                at := add(at, 128)
            }
            for {} lt(at, end) { at := add(at, 32) } {
                let half := and(index, 32)
                mstore(half, root)
                mstore(xor(half, 32), calldataload(at))
                root := keccak256(0, 64)
                index := shr(1, index)
            }
        }
    }

    /// @notice Root of the tree of `top` levels that holds the subtree `node` of `level` levels leftmost and zeros beyond.
    function widen(bytes32 node, uint256 level, uint256 top) internal pure returns (bytes32) {
        bytes32 zeros = keccak256(new bytes(LEAF));
        for (uint256 i = 0; i < top; i++) {
            if (i >= level) node = join(node, zeros);
            zeros = join(zeros, zeros);
        }
        return node;
    }

    /// @notice Hash of an inner node.
    function join(bytes32 left, bytes32 right) internal pure returns (bytes32 node) {
        assembly ("memory-safe") {
            mstore(0, left)
            mstore(32, right)
            node := keccak256(0, 64)
        }
    }
}
