// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ByteTreeLib} from "../market/ByteTreeLib.sol";
import {ByteTree, ByteTreeAccess} from "./ByteTree.sol";
import {StepMemory} from "./StepMemory.sol";
import {StepParameters} from "./StepParameters.sol";
import {StepStack, StepState} from "./StepState.sol";

/// @notice Copies within memory, fills, and copies from the input and to the output. Each step moves one chunk, the largest that
/// lies in one leaf on either side, and counts in the slot of the length: bytes done 4 ‖ bytes left 4. Each step judges the whole
/// range that is left. Each function says whether it was carried out; if not, the step traps.
/// @dev Unchecked: positions are sums of three numbers below 2^32.
library StepBulk {
    uint256 private constant LEAF = 128;
    uint256 private constant LOW32 = 0xffffffff;
    uint256 private constant LOW64 = 0xffffffffffffffff;

    using ByteTreeAccess for ByteTree;
    using StepParameters for uint256;

    /// @notice The two parts of the input do not hash to what the run says.
    error StepInputRoots(bytes32 frame, bytes32 stdin);

    function copy(StepState memory s) internal pure returns (bool) {
        unchecked {
            if (!StepStack.below(s.sp, 3)) return false;
            (uint256 to, uint256 from, uint256 done, uint256 left) = _operands(s, true);
            uint256 most = StepMemory.size(s);
            bool down = to > from;
            (to, from) = (to + done, from + done);
            if (to + left > most || from + left > most) return false;
            if (left == 0) return _finish(s, 3);
            if (!down) {
                uint256 chunk = _chunk(left, to, from);
                _move(s, s.memory_, from, s.memory_, to, chunk);
                return _progress(s, done + chunk, left - chunk);
            } else {
                // From the end, so that nothing is overwritten before it is copied.
                uint256 chunk = _least(left, _least((to + left - 1) % LEAF, (from + left - 1) % LEAF) + 1);
                left -= chunk;
                _move(s, s.memory_, from + left, s.memory_, to + left, chunk);
                return _progress(s, done, left);
            }
        }
    }

    function fill(StepState memory s) internal pure returns (bool) {
        unchecked {
            if (!StepStack.below(s.sp, 3)) return false;
            (uint256 to, uint256 value, uint256 done, uint256 left) = _operands(s, true);
            to += done;
            if (to + left > StepMemory.size(s)) return false;
            if (left == 0) return _finish(s, 3);
            uint256 chunk = _chunk(left, to, to);
            uint256 data = s.memory_.open(s.proof, to / LEAF) + to % LEAF;
            s.memory_.written = true;
            for (uint256 i = 0; i < chunk; i++) {
                assembly ("memory-safe") {
                    mstore8(add(data, i), value)
                }
            }
            return _progress(s, done + chunk, left - chunk);
        }
    }

    function copyInput(StepState memory s) internal pure returns (bool) {
        unchecked {
            if (!StepStack.below(s.sp, 3)) return false;
            (uint256 to, uint256 from, uint256 done, uint256 left) = _operands(s, true);
            (to, from) = (to + done, from + done);
            (uint256 frameLength, uint256 stdinLength) = (s.parameters.frameLength(), s.parameters.stdinLength());
            if (to + left > StepMemory.size(s) || from + left > frameLength + stdinLength) return false;
            if (left == 0) return _finish(s, 3);
            bool inFrame = from < frameLength;
            if (!inFrame) from -= frameLength;
            uint256 chunk = _chunk(inFrame ? _least(left, frameLength - from) : left, to, from);
            ByteTree memory source = _openInput(s, inFrame ? frameLength : stdinLength, inFrame);
            _move(s, source, from, s.memory_, to, chunk);
            return _progress(s, done + chunk, left - chunk);
        }
    }

    function copyOutput(StepState memory s) internal pure returns (bool) {
        unchecked {
            if (!StepStack.below(s.sp, 2)) return false;
            (, uint256 from, uint256 done, uint256 left) = _operands(s, false);
            from += done;
            uint256 output = s.output;
            if (from + left > StepMemory.size(s) || output + left > s.parameters.outputLimit()) return false;
            if (left == 0) return _finish(s, 2);
            uint256 chunk = _chunk(left, output, from);
            _move(s, s.memory_, from, s.outputs, output, chunk);
            s.output = output + chunk;
            return _progress(s, done + chunk, left - chunk);
        }
    }

    /// @dev Lowest first; `first` is zero if there are two.
    function _operands(StepState memory s, bool three) private pure returns (uint256 first, uint256 second, uint256 done, uint256 left) {
        unchecked {
            uint256 sp = s.sp;
            if (three) first = StepStack.get(s, sp - 3) & LOW32;
            second = StepStack.get(s, sp - 2) & LOW32;
            uint256 length = StepStack.get(s, sp - 1);
            (done, left) = (length >> 32, length & LOW32);
        }
    }

    /// @dev One step opens at most one part of the input, so its root is needed once: both roots stand before the opening.
    function _openInput(StepState memory s, uint256 length, bool inFrame) private pure returns (ByteTree memory tree) {
        bytes32 frame = ByteTreeAccess.word(s.proof);
        bytes32 stdin = ByteTreeAccess.word(s.proof);
        if (ByteTreeLib.join(frame, stdin) != s.input) revert StepInputRoots(frame, stdin);
        tree.root = inFrame ? frame : stdin;
        tree.depth = ByteTreeLib.depth(length);
    }

    /// @dev The source is read whole before its leaf may give way to the target's.
    function _move(StepState memory s, ByteTree memory source, uint256 from, ByteTree memory target, uint256 to, uint256 chunk) private pure {
        unchecked {
            uint256 data = source.open(s.proof, from / LEAF) + from % LEAF;
            uint256 kept;
            // A leaf above the free pointer; the target's opening may take it only after it was claimed here.
            assembly ("memory-safe") {
                kept := mload(0x40)
                mstore(0x40, add(kept, LEAF))
                mcopy(kept, data, chunk)
            }
            data = target.open(s.proof, to / LEAF) + to % LEAF;
            target.written = true;
            assembly ("memory-safe") {
                mcopy(data, kept, chunk)
            }
        }
    }

    /// @dev Counts a chunk; pc stays for the next.
    function _progress(StepState memory s, uint256 done, uint256 left) private pure returns (bool) {
        unchecked {
            StepStack.set(s, s.sp - 1, ((done << 32) | left) & LOW64);
            return true;
        }
    }

    function _finish(StepState memory s, uint256 operands) private pure returns (bool) {
        unchecked {
            s.sp -= operands;
            s.pc++;
            return true;
        }
    }

    function _chunk(uint256 left, uint256 a, uint256 b) private pure returns (uint256) {
        unchecked {
            (a, b) = (a % LEAF, b % LEAF);
            return _least(left, LEAF - (a > b ? a : b));
        }
    }

    function _least(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
