// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ByteTree, ByteTreeAccess} from "./ByteTree.sol";
import {StepParameters} from "./StepParameters.sol";
import {StepStack, StepState} from "./StepState.sol";

/// @notice Loads and stores. Each function says whether it was carried out; if not, the step traps.
/// @dev Unchecked: addresses are sums of numbers below 2^33; a part of an access lies within one leaf.
library StepMemory {
    uint256 private constant LEAF = 128;
    uint256 private constant LOW32 = 0xffffffff;
    uint256 private constant LOW64 = 0xffffffffffffffff;

    using ByteTreeAccess for ByteTree;
    using StepParameters for uint256;

    /// @notice Bytes of memory; no more than its tree has.
    function size(StepState memory s) internal pure returns (uint256) {
        unchecked {
            uint256 paged = s.pages << 16;
            uint256 most = LEAF << s.memory_.depth;
            return paged < most ? paged : most;
        }
    }

    /// @notice 0x28 to 0x35.
    function load(StepState memory s, uint256 op, uint256 offset) internal pure returns (bool) {
        unchecked {
            uint256 sp = s.sp;
            if (!StepStack.below(sp, 1)) return false;
            uint256 address_ = (StepStack.get(s, sp - 1) & LOW32) + offset;
            // Bytes by op: i32 i64 f32 f64, then 8 8 16 16 bits to i32 and 8 8 16 16 32 32 bits to i64.
            uint256 count = (0x44221122118484 >> ((op - 0x28) * 4)) & 0xf;
            if (address_ + count > size(s)) return false;
            uint256 within = address_ % LEAF;
            uint256 first = within + count > LEAF ? LEAF - within : count;
            uint256 value = ByteTreeAccess.read(s.memory_.open(s.proof, address_ / LEAF) + within, first);
            if (first < count) {
                uint256 rest = count - first;
                value = (value << (8 * rest)) | ByteTreeAccess.read(s.memory_.open(s.proof, address_ / LEAF + 1), rest);
            }
            StepStack.set(s, sp - 1, _extend(op, count, _swap(value) >> (64 - 8 * count)));
            s.pc++;
            return true;
        }
    }

    /// @notice 0x36 to 0x3e.
    function store(StepState memory s, uint256 op, uint256 offset) internal pure returns (bool) {
        unchecked {
            uint256 sp = s.sp;
            if (!StepStack.below(sp, 2)) return false;
            uint256 value = StepStack.get(s, sp - 1);
            uint256 address_ = (StepStack.get(s, sp - 2) & LOW32) + offset;
            // Bytes by op: i32 i64 f32 f64, then 8 and 16 bits of i32 and 8, 16 and 32 bits of i64.
            uint256 count = (0x421218484 >> ((op - 0x36) * 4)) & 0xf;
            if (address_ + count > size(s)) return false;
            value = _swap(value) >> (64 - 8 * count);
            uint256 within = address_ % LEAF;
            uint256 first = within + count > LEAF ? LEAF - within : count;
            uint256 rest = count - first;
            ByteTreeAccess.write(s.memory_.open(s.proof, address_ / LEAF) + within, first, value >> (8 * rest));
            s.memory_.written = true;
            if (rest != 0) {
                ByteTreeAccess.write(s.memory_.open(s.proof, address_ / LEAF + 1), rest, value);
                s.memory_.written = true;
            }
            s.sp = sp - 2;
            s.pc++;
            return true;
        }
    }

    function grow(StepState memory s) internal pure returns (bool) {
        unchecked {
            uint256 sp = s.sp;
            if (!StepStack.below(sp, 1)) return false;
            uint256 before = s.pages;
            uint256 grown = before + (StepStack.get(s, sp - 1) & LOW32);
            bool possible = grown <= s.parameters.maximumPages();
            if (possible) s.pages = grown;
            StepStack.set(s, sp - 1, possible ? before : LOW32);
            s.pc++;
            return true;
        }
    }

    /// @dev The signed loads: 8 and 16 bits to i32; 8, 16 and 32 bits to i64.
    function _extend(uint256 op, uint256 count, uint256 value) private pure returns (uint256) {
        if (op < 0x2c || op & 1 == 1) return value;
        assembly ("memory-safe") {
            value := signextend(sub(count, 1), value)
        }
        return value & (op < 0x30 ? LOW32 : LOW64);
    }

    /// @dev The low 8 bytes in reverse order.
    function _swap(uint256 value) private pure returns (uint256) {
        unchecked {
            value = ((value >> 8) & 0x00ff00ff00ff00ff) | ((value & 0x00ff00ff00ff00ff) << 8);
            value = ((value >> 16) & 0x0000ffff0000ffff) | ((value & 0x0000ffff0000ffff) << 16);
            return ((value >> 32) & LOW32) | ((value & LOW32) << 32);
        }
    }
}
