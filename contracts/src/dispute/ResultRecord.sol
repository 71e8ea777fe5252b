// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ByteTreeLib} from "../market/ByteTreeLib.sol";

/// @notice One tasklet's 128 bytes in a result list: the preimage of the halted state that it claims (docs/machine.md), 54 bytes (kind
/// 1 ‖ status 1 ‖ exit code 4 ‖ fuel 8 ‖ output length 8 ‖ output root 32), and zeros.
library ResultRecord {
    uint256 private constant STATE = 54;
    uint256 private constant ROOT_SHIFT = 56; // the market keeps the first 200 bits of a root
    bytes1 private constant HALTED = 0x01;
    bytes1 private constant EXITED = 0x01;
    bytes1 private constant TRAPPED = 0x02;

    /// @notice Whether a run can end so at all.
    function sound(bytes calldata record) internal pure returns (bool) {
        return record[0] == HALTED && (record[1] == EXITED || record[1] == TRAPPED) && bytes32(record[STATE:STATE + 32]) == 0
            && bytes32(record[ByteTreeLib.LEAF - 32:ByteTreeLib.LEAF]) == 0 && bytes10(record[STATE + 32:STATE + 42]) == 0;
    }

    /// @notice Hash of the halted state.
    function state(bytes calldata record) internal pure returns (bytes32) {
        return keccak256(record[:STATE]);
    }

    /// @notice Whether it is record `position` of `count` under a root of which 200 bits are known.
    function isUnder(bytes32 root, bytes calldata record, uint256 position, uint256 count, bytes32[] calldata proof)
        internal
        pure
        returns (bool)
    {
        return record.length == ByteTreeLib.LEAF && proof.length == ByteTreeLib.depth(count * ByteTreeLib.LEAF)
            && uint256(ByteTreeLib.climb(keccak256(record), position, proof)) >> ROOT_SHIFT == uint256(root) >> ROOT_SHIFT;
    }

    /// @notice The same for bytes in memory, where speed does not matter.
    function isUnderInMemory(bytes32 root, bytes memory record, uint256 position, uint256 count, bytes32[] memory proof)
        internal
        pure
        returns (bool)
    {
        if (record.length != ByteTreeLib.LEAF || proof.length != ByteTreeLib.depth(count * ByteTreeLib.LEAF)) return false;
        bytes32 node = keccak256(record);
        for (uint256 i = 0; i < proof.length; i++) {
            node = (position >> i) & 1 == 0 ? ByteTreeLib.join(node, proof[i]) : ByteTreeLib.join(proof[i], node);
        }
        return uint256(node) >> ROOT_SHIFT == uint256(root) >> ROOT_SHIFT;
    }

    /// @notice Name of the output that a record of 128 bytes speaks of.
    function output(bytes memory record) internal pure returns (bytes32 root, uint256 length) {
        // Bytes 14 to 21 and 22 to 53.
        assembly ("memory-safe") {
            length := shr(192, mload(add(record, 46)))
            root := mload(add(record, 54))
        }
    }
}
