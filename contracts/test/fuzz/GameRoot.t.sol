// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {GameLib} from "../../src/dispute/GameLib.sol";
import {requireEqual} from "./Vm.sol";

/// @notice The root of an account's 32 hashes, which is computed in assembly, against the tree by its definition.
contract GameRootTest {
    function rootOf(bytes32[32] calldata hashes) external pure returns (bytes32) {
        return GameLib.rootOf(hashes);
    }

    function testFuzz_rootOf_isTheTreeByItsDefinition(bytes32[32] calldata hashes) external view {
        requireEqual(uint256(this.rootOf(hashes)), uint256(treeOf(hashes, 0, 32)), "root");
    }

    function treeOf(bytes32[32] calldata hashes, uint256 first, uint256 count) private pure returns (bytes32) {
        if (count == 1) return hashes[first];
        return keccak256(abi.encodePacked(treeOf(hashes, first, count / 2), treeOf(hashes, first + count / 2, count / 2)));
    }
}
