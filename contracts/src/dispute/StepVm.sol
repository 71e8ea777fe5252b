// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ByteTreeLib} from "../market/ByteTreeLib.sol";
import {ByteTree, ByteTreeAccess} from "./ByteTree.sol";
import {FloatAlu} from "./FloatAlu.sol";
import {IntAlu} from "./IntAlu.sol";
import {IStepVm} from "./IStepVm.sol";
import {StepBulk} from "./StepBulk.sol";
import {StepControl} from "./StepControl.sol";
import {StepMemory} from "./StepMemory.sol";
import {StepParameters} from "./StepParameters.sol";
import {StepStack, StepState} from "./StepState.sol";

/// @notice The step machine of docs/machine.md: the state after one step, from the hash of the state before and a proof of what
/// the step touches. Stateless and immutable, so that whoever names its address names the machine.
contract StepVm is IStepVm {
    uint256 private constant STATE_BYTES = 160;
    uint256 private constant RUN_BYTES = 96;
    uint256 private constant HALTED_BYTES = 54;
    uint256 private constant TRAP_PC = 1;
    uint256 private constant LOW32 = 0xffffffff;
    uint256 private constant LOW64 = 0xffffffffffffffff;
    // Of the numeric instructions from 0x45 on: those of one operand, and those on integers or bits alone.
    uint256 private constant UNARY = 0xfffffffc07f01fc00070001c00000801;
    uint256 private constant INTEGER = 0xff8001840000003ffffffffc003fffff;

    using ByteTreeAccess for ByteTree;
    using StepParameters for uint256;

    /// @inheritdoc IStepVm
    function step(bytes32 state, bytes calldata proof) external pure returns (bytes32 next) {
        if (proof.length == HALTED_BYTES) {
            if (keccak256(proof) != state) revert StepStateHash(state);
            return state;
        }
        StepState memory s;
        bytes32 run = _read(s, state, proof);
        if (!_fetchAndExecute(s)) s.pc = TRAP_PC;
        if (s.proof.at != s.proof.end) revert StepProofTooLong(s.proof.end - s.proof.at);
        return s.halted != 0 ? s.halted : _hash(s, run);
    }

    function _read(StepState memory s, bytes32 state, bytes calldata proof) private pure returns (bytes32 run) {
        unchecked {
            if (proof.length < STATE_BYTES + RUN_BYTES) revert ByteTreeAccess.ByteTreeProofTooShort();
            if (keccak256(proof[:STATE_BYTES]) != state) revert StepStateHash(state);
            run = bytes32(proof);
            if (keccak256(proof[STATE_BYTES:STATE_BYTES + RUN_BYTES]) != run) revert StepRunHash(run);
            uint256 parameters = uint256(bytes32(proof[224:256]));
            if (!parameters.wellFormed()) revert StepParametersMalformed(parameters);
            s.parameters = parameters;
            s.input = bytes32(proof[192:224]);

            uint256 registers = uint256(bytes32(proof[32:64]));
            s.pc = registers >> 224;
            s.sp = (registers >> 192) & LOW32;
            s.fp = (registers >> 160) & LOW32;
            s.pages = (registers >> 128) & LOW32;
            s.output = (registers >> 96) & LOW32;
            s.room = (registers >> 64) & LOW32;
            s.fuel = registers & LOW64;

            (s.code.root, s.code.depth) = (bytes32(proof[160:192]), parameters.codeDepth());
            (s.stack.root, s.stack.depth) = (bytes32(proof[64:96]), StepStack.DEPTH);
            (s.memory_.root, s.memory_.depth) = (bytes32(proof[96:128]), parameters.memoryDepth());
            (s.outputs.root, s.outputs.depth) = (bytes32(proof[128:160]), parameters.outputDepth());

            uint256 at;
            assembly ("memory-safe") {
                at := proof.offset
            }
            (s.proof.at, s.proof.end) = (at + STATE_BYTES + RUN_BYTES, at + proof.length);
        }
    }

    function _hash(StepState memory s, bytes32 run) private pure returns (bytes32) {
        s.stack.close();
        s.memory_.close();
        s.outputs.close();
        unchecked {
            uint256 registers = (s.pc << 224) | (s.sp << 192) | (s.fp << 160) | (s.pages << 128) | (s.output << 96) | (s.room << 64) | s.fuel;
            return keccak256(abi.encodePacked(run, registers, s.stack.root, s.memory_.root, s.outputs.root));
        }
    }

    /// @dev False to trap; fuel and room may have changed by then, nothing else.
    function _fetchAndExecute(StepState memory s) private pure returns (bool) {
        unchecked {
            uint256 pc = s.pc;
            if (pc >> 3 >= 1 << s.code.depth) return false;
            uint256 word = ByteTreeAccess.read(s.code.open(s.proof, pc >> 3) + (pc & 7) * 16, 16);
            (uint256 op, uint256 a, uint256 b, uint256 imm) = (word >> 112, (word >> 96) & 0xffff, (word >> 64) & LOW32, word & LOW64);
            if ((op >= 0x45 && op <= 0xc4) || (op >= 0x100 && op <= 0x107)) return _numeric(s, op);
            if (op >= 0x200) return _own(s, op, a, b, imm);
            if (op >= 0x41 && op <= 0x44) return StepStack.push(s, imm);
            if (op >= 0x28 && op <= 0x35) return StepMemory.load(s, op, b);
            if (op >= 0x36 && op <= 0x3e) return StepMemory.store(s, op, b);
            return _wasm(s, op, a, b, imm);
        }
    }

    /// @dev What WebAssembly has too, but for arithmetic, constants, loads and stores.
    function _wasm(StepState memory s, uint256 op, uint256 a, uint256 b, uint256 imm) private pure returns (bool) {
        unchecked {
            (uint256 sp, uint256 fp) = (s.sp, s.fp);
            if (op == 0x20) return StepStack.pushSlot(s, fp + b);
            if (op == 0x21) return StepStack.move(s, sp - 1, fp + b, 1);
            if (op == 0x22) return StepStack.move(s, sp - 1, fp + b, 0);
            if (op == 0x23) return StepStack.pushSlot(s, b);
            if (op == 0x24) return StepStack.move(s, sp - 1, b, 1);
            if (op == 0x0c) {
                s.pc = b;
                return true;
            }
            if (op == 0x0d) return StepControl.branchIf(s, false, b);
            if (op == 0x0e) return StepControl.branchTable(s, b);
            if (op == 0x0f) return StepControl.leave(s, a, b);
            if (op == 0x10) return StepControl.call(s, a, b);
            if (op == 0x11) return StepControl.callIndirect(s, b, imm);
            if (op == 0x1a) {
                if (sp < b) return false;
                s.sp = sp - b;
                s.pc++;
                return true;
            }
            if (op == 0x1b) return StepStack.select(s);
            if (op == 0x3f) return StepStack.push(s, s.pages);
            if (op == 0x40) return StepMemory.grow(s);
            if (op == 0x10a) return StepBulk.copy(s);
            if (op == 0x10b) return StepBulk.fill(s);
            return false;
        }
    }

    /// @dev The machine's own.
    function _own(StepState memory s, uint256 op, uint256 a, uint256 b, uint256 imm) private pure returns (bool) {
        unchecked {
            uint256 sp = s.sp;
            if (op == 0x200) return StepControl.branchIf(s, true, b);
            if (op == 0x201) return StepControl.tableEntry(s, a, b, imm);
            if (op == 0x202) return StepStack.move(s, sp - 1, sp - 1 - b, b);
            if (op == 0x203) return StepStack.move(s, sp - b, sp - (imm & LOW32), 0);
            if (op == 0x204) return StepStack.pushZeros(s, b);
            if (op == 0x205) return StepStack.pushSlot(s, s.fp + a);
            if (op == 0x206) return StepControl.leaveMany(s, b);
            if (op == 0x207) {
                s.fuel = (s.fuel - imm) & LOW64;
                if (a != 0 && s.fuel >> 63 != 0) return false;
                s.pc++;
                return true;
            }
            if (op == 0x208 || op == 0x209) {
                s.room = (op == 0x208 ? s.room - b : s.room + b) & LOW32;
                if (op == 0x208 && s.room >> 31 != 0) return false;
                s.pc++;
                return true;
            }
            if (op == 0x20a) return StepStack.push(s, s.fuel);
            if (op == 0x20c) return StepStack.push(s, (s.parameters.frameLength() + s.parameters.stdinLength()) & LOW32);
            if (op == 0x20d) return StepBulk.copyInput(s);
            if (op == 0x20e) return StepBulk.copyOutput(s);
            if (op == 0x210) return (a == 1 || a == 2) && _halt(s, a, b);
            if (op != 0x20b && op != 0x20f) return false;
            if (!StepStack.below(sp, 1)) return false;
            uint256 top = StepStack.get(s, sp - 1);
            if (op == 0x20f) return _halt(s, 1, top & LOW32);
            s.fuel = top;
            s.sp = sp - 1;
            s.pc++;
            return true;
        }
    }

    function _numeric(StepState memory s, uint256 op) private pure returns (bool) {
        unchecked {
            // Behind the prefix 0xFC all are unary and on floats.
            bool plain = op <= 0xc4;
            uint256 operands = plain && (UNARY >> (op - 0x45)) & 1 == 0 ? 2 : 1;
            uint256 sp = s.sp;
            if (!StepStack.below(sp, operands)) return false;
            uint256 y = operands == 2 ? StepStack.get(s, sp - 1) : 0;
            uint256 x = StepStack.get(s, sp - operands);
            bool integer = plain && (INTEGER >> (op - 0x45)) & 1 == 1;
            (uint256 z, bool trap) = integer ? IntAlu.compute(op, x, y) : FloatAlu.compute(op, x, y);
            if (trap) return false;
            StepStack.set(s, sp - operands, z);
            s.sp = sp + 1 - operands;
            s.pc++;
            return true;
        }
    }

    function _halt(StepState memory s, uint256 status, uint256 exitCode) private pure returns (bool) {
        unchecked {
            bytes32 root = ByteTreeAccess.word(s.proof);
            (uint256 output, uint256 depth) = (s.output, s.outputs.depth);
            if (ByteTreeLib.widen(root, ByteTreeLib.depth(output), depth) != s.outputs.root) revert StepOutputRoot(root);
            uint256 left = s.fuel >> 63 != 0 ? 0 : s.fuel;
            uint64 used = uint64(s.parameters.fuelLimit() - left);
            s.halted = keccak256(abi.encodePacked(bytes1(0x01), uint8(status), uint32(exitCode), used, uint64(output), root));
            return true;
        }
    }
}
