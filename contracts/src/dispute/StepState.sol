// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ByteTree, ByteTreeAccess, Proof} from "./ByteTree.sol";

/// @notice One machine state during a step. Registers hold their encoded width: fuel 64 bits, the others 32.
struct StepState {
    uint256 pc; // index of the next instruction
    uint256 sp; // first free slot
    uint256 fp; // first slot of the frame
    uint256 pages; // of 64 KiB
    uint256 output; // bytes of output so far
    uint256 room; // slots that further frames may take, two's complement
    uint256 fuel; // two's complement
    uint256 parameters; // see StepParameters
    bytes32 input; // hash of both parts' roots
    bytes32 halted; // hash of the halted state, if this step ends the run
    Proof proof;
    ByteTree code;
    ByteTree stack;
    ByteTree memory_;
    ByteTree outputs;
}

/// @notice Slots of the stack, by their number.
library StepStack {
    uint256 internal constant DEPTH = 14;
    uint256 private constant SLOTS = 16 << DEPTH;

    using ByteTreeAccess for ByteTree;

    /// @notice Whether the `count` slots below slot `end` are there; `end` may be one below zero, wrapped.
    function below(uint256 end, uint256 count) internal pure returns (bool) {
        return end >= count && end <= SLOTS;
    }

    function get(StepState memory s, uint256 slot) internal pure returns (uint256) {
        unchecked {
            return ByteTreeAccess.read(s.stack.open(s.proof, slot >> 4) + (slot & 15) * 8, 8);
        }
    }

    function set(StepState memory s, uint256 slot, uint256 value) internal pure {
        unchecked {
            ByteTreeAccess.write(s.stack.open(s.proof, slot >> 4) + (slot & 15) * 8, 8, value);
            s.stack.written = true;
        }
    }

    /// @notice Pushes a value and goes on, unless the stack is full.
    function push(StepState memory s, uint256 value) internal pure returns (bool) {
        unchecked {
            uint256 sp = s.sp;
            if (!below(sp + 1, 1)) return false;
            set(s, sp, value);
            s.sp = sp + 1;
            s.pc++;
            return true;
        }
    }

    /// @notice Pushes a copy of slot `from` and goes on.
    function pushSlot(StepState memory s, uint256 from) internal pure returns (bool) {
        unchecked {
            if (!below(from + 1, 1) || !below(s.sp + 1, 1)) return false;
            return push(s, get(s, from));
        }
    }

    /// @notice Copies slot `from` to slot `to`, drops `drop` slots and goes on. Slots below zero, wrapped, are none.
    function move(StepState memory s, uint256 from, uint256 to, uint256 drop) internal pure returns (bool) {
        unchecked {
            if (!below(from + 1, 1) || !below(to + 1, 1)) return false;
            set(s, to, get(s, from));
            s.sp -= drop;
            s.pc++;
            return true;
        }
    }

    /// @notice Pushes `count` zeros, at most 16, and goes on.
    function pushZeros(StepState memory s, uint256 count) internal pure returns (bool) {
        unchecked {
            uint256 sp = s.sp;
            if (count > 16 || !below(sp + count, count)) return false;
            for (uint256 i = 0; i < count; i++) set(s, sp + i, 0);
            s.sp = sp + count;
            s.pc++;
            return true;
        }
    }

    /// @notice Of the three topmost slots leaves the lowest, or the middle one in its place if the top's low half is zero.
    function select(StepState memory s) internal pure returns (bool) {
        unchecked {
            uint256 sp = s.sp;
            if (!below(sp, 3)) return false;
            bool lowest = get(s, sp - 1) & 0xffffffff != 0;
            uint256 second = get(s, sp - 2);
            uint256 third = get(s, sp - 3);
            set(s, sp - 3, lowest ? third : second);
            s.sp = sp - 2;
            s.pc++;
            return true;
        }
    }
}
