// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ByteTreeLib} from "../market/ByteTreeLib.sol";

/// @notice One byte tree during a step: its current root and the one leaf of it that is open.
struct ByteTree {
    bytes32 root; // without what was written to the open leaf
    uint256 depth; // levels above the leaves
    uint256 opened; // index of the open leaf plus 1, or 0
    uint256 data; // memory pointer to the open leaf's 128 bytes; 32 more are there for whole words
    uint256 siblings; // calldata pointer to its siblings, nearest first
    bool written; // whether the open leaf differs from what the root holds
}

/// @notice What of the proof has not been read yet, as calldata pointers.
struct Proof {
    uint256 at;
    uint256 end;
}

/// @notice Opens, reads and writes leaves of byte trees against a proof. An opening is leaf(128) ‖ siblings, nearest first. Opening
/// the leaf that is open reads nothing; opening another first folds in what was written, by the siblings of its own opening.
/// @dev Unchecked and in assembly where noted: calldata pointers stay below 2^32, depths below 2^8.
library ByteTreeAccess {
    uint256 private constant LEAF = 128;
    uint256 private constant WORD = 32;

    /// @notice The proof ends before the step does.
    error ByteTreeProofTooShort();
    /// @notice The opening does not lead to the tree's root.
    error ByteTreeNotUnderRoot(bytes32 root, uint256 leaf);

    /// @notice Pointer to the 128 bytes of `leaf`, good until another leaf of the tree is opened.
    function open(ByteTree memory tree, Proof memory proof, uint256 leaf) internal pure returns (uint256 data) {
        unchecked {
            data = tree.data;
            if (tree.opened == leaf + 1) return data;
            close(tree);
            uint256 depth = tree.depth;
            uint256 at = proof.at;
            uint256 end = at + LEAF + depth * WORD;
            if (end > proof.end) revert ByteTreeProofTooShort();
            proof.at = end;
            tree.siblings = at + LEAF;
            tree.opened = leaf + 1;
            bytes32 hash;
            // Memory from the free pointer on is ours once it is moved; a leaf and a word stay below the next allocation.
            assembly ("memory-safe") {
                if iszero(data) {
                    data := mload(0x40)
                    mstore(0x40, add(data, add(LEAF, WORD)))
                }
                calldatacopy(data, at, LEAF)
                hash := keccak256(data, LEAF)
            }
            tree.data = data;
            if (leaf >> depth != 0 || _climb(tree, hash) != tree.root) revert ByteTreeNotUnderRoot(tree.root, leaf);
        }
    }

    /// @notice Folds what was written to the open leaf into the root.
    function close(ByteTree memory tree) internal pure {
        if (!tree.written) return;
        uint256 data = tree.data;
        bytes32 hash;
        assembly ("memory-safe") {
            hash := keccak256(data, LEAF)
        }
        tree.root = _climb(tree, hash);
        tree.written = false;
    }

    /// @notice The next word of the proof, of which nothing is checked.
    function word(Proof memory proof) internal pure returns (bytes32 value) {
        unchecked {
            uint256 at = proof.at;
            if (at + WORD > proof.end) revert ByteTreeProofTooShort();
            proof.at = at + WORD;
            assembly ("memory-safe") {
                value := calldataload(at)
            }
        }
    }

    /// @notice The big-endian number in `size` <= 32 bytes at a pointer that `open` gave, moved within its leaf.
    function read(uint256 pointer, uint256 size) internal pure returns (uint256 value) {
        unchecked {
            assembly ("memory-safe") {
                value := mload(pointer)
            }
            value >>= 256 - 8 * size;
        }
    }

    /// @notice Writes the low 1 <= `size` <= 32 bytes of `value` there; the caller sets `written`.
    function write(uint256 pointer, uint256 size, uint256 value) internal pure {
        unchecked {
            uint256 shift = 256 - 8 * size;
            assembly ("memory-safe") {
                mstore(pointer, or(and(mload(pointer), sub(shl(shift, 1), 1)), shl(shift, value)))
            }
        }
    }

    function _climb(ByteTree memory tree, bytes32 leafHash) private pure returns (bytes32) {
        unchecked {
            bytes32[] calldata siblings;
            (uint256 at, uint256 count) = (tree.siblings, tree.depth);
            assembly ("memory-safe") {
                siblings.offset := at
                siblings.length := count
            }
            return ByteTreeLib.climb(leafHash, tree.opened - 1, siblings);
        }
    }
}
