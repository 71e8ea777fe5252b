// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {StepStack, StepState} from "./StepState.sol";

/// @notice Branches and calls. A frame is arguments | return record | locals | operands, fp its first slot; a return record is
/// return pc 4 ‖ caller's fp 4. Each function says whether it was carried out; if not, the step traps.
/// @dev Unchecked: registers and operands are below 2^32, so sums stay below 2^34; what goes below zero is out of every range.
library StepControl {
    uint256 private constant LOW32 = 0xffffffff;

    function branchIf(StepState memory s, bool zero, uint256 target) internal pure returns (bool) {
        unchecked {
            uint256 sp = s.sp;
            if (!StepStack.below(sp, 1)) return false;
            bool taken = (StepStack.get(s, sp - 1) & LOW32 == 0) == zero;
            s.sp = sp - 1;
            s.pc = taken ? target : s.pc + 1;
            return true;
        }
    }

    function branchTable(StepState memory s, uint256 count) internal pure returns (bool) {
        unchecked {
            uint256 sp = s.sp;
            if (!StepStack.below(sp, 1)) return false;
            uint256 index = StepStack.get(s, sp - 1) & LOW32;
            s.sp = sp - 1;
            s.pc = (s.pc + 1 + (index < count ? index : count)) & LOW32;
            return true;
        }
    }

    function call(StepState memory s, uint256 parameters, uint256 entry) internal pure returns (bool) {
        unchecked {
            uint256 sp = s.sp;
            if (!StepStack.below(sp + 1, 1) || sp < parameters) return false;
            StepStack.set(s, sp, ((s.pc + 1) << 32) | s.fp);
            s.fp = sp - parameters;
            s.sp = sp + 1;
            s.pc = entry;
            return true;
        }
    }

    /// @dev The entry finds in the slot where to return to and the type that the caller expects.
    function callIndirect(StepState memory s, uint256 base, uint256 imm) internal pure returns (bool) {
        unchecked {
            uint256 sp = s.sp;
            if (!StepStack.below(sp, 1)) return false;
            uint256 index = StepStack.get(s, sp - 1) & LOW32;
            if (index >= imm >> 32) return false;
            StepStack.set(s, sp - 1, ((s.pc + 1) << 32) | (imm & LOW32));
            s.pc = (base + index) & LOW32;
            return true;
        }
    }

    function tableEntry(StepState memory s, uint256 parameters, uint256 entry, uint256 imm) internal pure returns (bool) {
        unchecked {
            uint256 sp = s.sp;
            if (!StepStack.below(sp, 1) || sp - 1 < parameters) return false;
            uint256 expected = StepStack.get(s, sp - 1);
            if ((expected ^ imm) & LOW32 != 0) return false;
            StepStack.set(s, sp - 1, ((expected >> 32) << 32) | s.fp);
            s.fp = sp - 1 - parameters;
            s.pc = entry;
            return true;
        }
    }

    function leave(StepState memory s, uint256 parameters, uint256 results) internal pure returns (bool) {
        unchecked {
            (uint256 sp, uint256 fp) = (s.sp, s.fp);
            if (results > 1 || !StepStack.below(fp + parameters + 1, 1) || !StepStack.below(fp + 1, 1)) return false;
            if (results == 1 && !StepStack.below(sp, 1)) return false;
            uint256 value = results == 1 ? StepStack.get(s, sp - 1) : 0;
            uint256 record = StepStack.get(s, fp + parameters);
            if (results == 1) StepStack.set(s, fp, value);
            return _return(s, record, results);
        }
    }

    function leaveMany(StepState memory s, uint256 results) internal pure returns (bool) {
        unchecked {
            uint256 sp = s.sp;
            if (!StepStack.below(sp, 1) || !StepStack.below(s.fp + results, results)) return false;
            return _return(s, StepStack.get(s, sp - 1), results);
        }
    }

    function _return(StepState memory s, uint256 record, uint256 results) private pure returns (bool) {
        unchecked {
            s.sp = s.fp + results;
            s.fp = record & LOW32;
            s.pc = record >> 32;
            return true;
        }
    }
}
