// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Games} from "../dispute/Games.sol";
import {IStepVm} from "../dispute/IStepVm.sol";
import {RunInput, StartState} from "../dispute/StartState.sol";

/// @notice For tests: games that anyone may open about anything, and whose end is only remembered.
contract GamesHarness is Games {
    uint256 private _count;

    constructor(IStepVm vm, uint32 pool, uint32 increment) Games(vm, pool, increment) {}

    function open(address provider, uint8 rounds, bytes32 from, bytes32[32] calldata hashes) external returns (uint256) {
        _open(++_count, provider, msg.sender, rounds, 0, from, hashes);
        return _count;
    }

    function startOf(bytes calldata program, RunInput calldata run) external pure returns (bytes32) {
        return StartState.hash(program, run);
    }
}
