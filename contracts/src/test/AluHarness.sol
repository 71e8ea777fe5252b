// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {FloatAlu} from "../dispute/FloatAlu.sol";
import {IntAlu} from "../dispute/IntAlu.sol";

/// @notice For tests: many operations in one call. Calldata is a row of (op:2, x:8, y:8), the answer one of (z:32, trap:1).
contract AluHarness {
    uint256 private constant CASE = 18;

    fallback(bytes calldata cases) external returns (bytes memory answers) {
        uint256 count = cases.length / CASE;
        answers = new bytes(33 * count);
        for (uint256 i = 0; i < count; i++) {
            bytes calldata at = cases[i * CASE:];
            (uint256 op, uint256 x, uint256 y) = (uint16(bytes2(at[:2])), uint64(bytes8(at[2:10])), uint64(bytes8(at[10:18])));
            (uint256 z, bool trap) = _compute(op, x, y);
            assembly ("memory-safe") {
                let slot := add(add(answers, 32), mul(i, 33))
                mstore(slot, z)
                mstore8(add(slot, 32), trap)
            }
        }
    }

    /// @dev An operation that neither knows traps in both.
    function _compute(uint256 op, uint256 x, uint256 y) private pure returns (uint256 z, bool trap) {
        (z, trap) = IntAlu.compute(op, x, y);
        if (trap && z == 0) {
            (uint256 other, bool otherTrap) = FloatAlu.compute(op, x, y);
            if (!otherTrap) return (other, false);
        }
    }
}
