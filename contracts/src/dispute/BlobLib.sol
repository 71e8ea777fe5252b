// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ByteTreeLib} from "../market/ByteTreeLib.sol";

/// @notice Whole blobs in memory.
library BlobLib {
    uint256 private constant LEAF = ByteTreeLib.LEAF;

    /// @notice Name of a blob: the root of its byte tree, of any length.
    function rootOf(bytes memory data) internal pure returns (bytes32) {
        uint256 count = data.length <= LEAF ? 1 : (data.length + LEAF - 1) / LEAF;
        bytes32[] memory nodes = new bytes32[](count);
        for (uint256 i = 0; i < data.length / LEAF; i++) {
            bytes32 node;
            // All 128 bytes are the data's own: i < length / 128.
            assembly ("memory-safe") {
                node := keccak256(add(add(data, 32), shl(7, i)), 128)
            }
            nodes[i] = node;
        }
        bytes memory last = new bytes(LEAF);
        bytes32 zeros = keccak256(last);
        if (data.length % LEAF != 0 || data.length == 0) {
            _copy(last, 0, data, (count - 1) * LEAF, data.length - (count - 1) * LEAF);
            nodes[count - 1] = keccak256(last);
        }
        for (; count > 1; count = (count + 1) / 2) {
            for (uint256 i = 0; i < count / 2; i++) nodes[i] = ByteTreeLib.join(nodes[2 * i], nodes[2 * i + 1]);
            if (count % 2 == 1) nodes[count / 2] = ByteTreeLib.join(nodes[count - 1], zeros);
            zeros = ByteTreeLib.join(zeros, zeros);
        }
        return nodes[0];
    }

    /// @notice `length` bytes from `at`, which the data has.
    function slice(bytes memory data, uint256 at, uint256 length) internal pure returns (bytes memory piece) {
        piece = new bytes(length);
        _copy(piece, 0, data, at, length);
    }

    /// @notice Writes all of `data` at `at`, where there is room for it; returns where it ends.
    function put(bytes memory to, uint256 at, bytes memory data) internal pure returns (uint256) {
        _copy(to, at, data, 0, data.length);
        return at + data.length;
    }

    function _copy(bytes memory to, uint256 toAt, bytes memory from, uint256 at, uint256 length) private pure {
        // Both ranges are inside their arrays, so says every caller.
        assembly ("memory-safe") {
            mcopy(add(add(to, 32), toAt), add(add(from, 32), at), length)
        }
    }
}
