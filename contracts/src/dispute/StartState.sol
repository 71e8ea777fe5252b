// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ByteTreeLib} from "../market/ByteTreeLib.sol";

/// @notice What a run has beside its program: limits in their units, and its input by name.
struct RunInput {
    bytes32 frameRoot;
    uint32 frameLength; // bytes
    bytes32 stdinRoot;
    uint32 stdinLength; // bytes
    uint64 fuelLimit;
    uint32 pageCap; // of 64 KiB
    uint32 outputLimit; // bytes
}

/// @notice The first state of a run, from the preimage of its program's root (docs/machine.md, "Programs").
library StartState {
    uint256 private constant PROGRAM_BYTES = 112;
    uint256 private constant VERSION = 1;
    uint256 private constant ROOM = 131_072;
    uint256 private constant LOW32 = 0xffffffff;

    /// @notice The program's preimage has another length or version.
    error StartStateNoProgram(uint256 length);
    /// @notice The module starts with more pages than the run may have.
    error StartStateMemory(uint256 initialPages, uint256 pageCap);

    /// @notice Hash of the first state; `program` is the preimage that the caller has checked against the program's root.
    function hash(bytes calldata program, RunInput memory run) internal pure returns (bytes32) {
        if (program.length != PROGRAM_BYTES || uint8(program[0]) != VERSION) revert StartStateNoProgram(program.length);
        uint256 head = uint256(bytes32(program)) >> 128;
        (uint256 globals, uint256 initial, uint256 declared) = ((head >> 64) & LOW32, (head >> 32) & LOW32, head & LOW32);
        if (initial > run.pageCap) revert StartStateMemory(initial, run.pageCap);
        uint256 most = declared < run.pageCap ? declared : run.pageCap;
        (uint256 depth, uint256 outputDepth) = (ByteTreeLib.depth(most << 16), ByteTreeLib.depth(run.outputLimit));
        if (depth < 9) depth = 9; // no memory has the tree of one page

        uint256 parameters = (VERSION << 248) | (uint256(uint8(program[1])) << 240) | (depth << 232) | (outputDepth << 224)
            | (most << 192) | (uint256(run.outputLimit) << 160) | (uint256(run.frameLength) << 128) | (uint256(run.stdinLength) << 96)
            | (uint256(run.fuelLimit) << 32);
        uint256 registers = (globals << 192) | (globals << 160) | (initial << 128) | (ROOM << 64) | run.fuelLimit;
        bytes32 constants = keccak256(abi.encodePacked(program[16:48], ByteTreeLib.join(run.frameRoot, run.stdinRoot), parameters));
        return keccak256(abi.encodePacked(constants, registers, program[48:80], _memory(program, initial, depth), _zeros(outputDepth)));
    }

    function _memory(bytes calldata program, uint256 initial, uint256 depth) private pure returns (bytes32) {
        uint256 least = ByteTreeLib.depth(initial << 16);
        return ByteTreeLib.widen(bytes32(program[80:112]), least < 9 ? 9 : least, depth);
    }

    function _zeros(uint256 depth) private pure returns (bytes32) {
        return ByteTreeLib.widen(keccak256(new bytes(ByteTreeLib.LEAF)), 0, depth);
    }
}
