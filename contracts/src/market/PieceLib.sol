// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ByteTreeLib} from "./ByteTreeLib.sol";

/// @notice Pieces of blobs: aligned powers of two of leaves, at most 32 (4 KiB).
library PieceLib {
    uint256 private constant MAX_LEAVES = 32;

    /// @notice Whether there are such pieces.
    function shaped(uint256 firstLeaf, uint256 leaves) internal pure returns (bool) {
        return leaves != 0 && leaves <= MAX_LEAVES && leaves & (leaves - 1) == 0 && firstLeaf % leaves == 0;
    }

    /// @notice Whether `data`, padded to whole leaves, is that piece of the blob. A tree smaller than the piece is shown whole.
    function holds(bytes32 root, uint256 length, uint256 firstLeaf, uint256 leaves, bytes calldata data, bytes32[] calldata proof)
        internal
        pure
        returns (bool)
    {
        uint256 depth = ByteTreeLib.depth(length);
        uint256 levels = ByteTreeLib.depth(leaves * ByteTreeLib.LEAF);
        if (levels > depth) levels = depth;
        return data.length == ByteTreeLib.LEAF << levels && proof.length == depth - levels
            && ByteTreeLib.climb(ByteTreeLib.rootOf(data), firstLeaf >> levels, proof) == root;
    }
}
