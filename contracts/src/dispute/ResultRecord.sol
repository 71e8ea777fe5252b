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
}
