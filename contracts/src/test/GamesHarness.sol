// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Games} from "../dispute/Games.sol";
import {Side} from "../dispute/IGames.sol";
import {IStepVm} from "../dispute/IStepVm.sol";
import {RunInput, StartState} from "../dispute/StartState.sol";

/// @notice For tests: games that anyone may open about anything, and whose end is only remembered.
contract GamesHarness is Games {
    mapping(uint256 => uint8) public winnerOf; // 1 + Side

    constructor(IStepVm vm, uint32 pool, uint32 increment) Games(vm, pool, increment) {}

    function open(address provider, uint8 rounds, bytes32 from, bytes32[32] calldata hashes) external returns (uint256) {
        return _open(provider, msg.sender, rounds, from, hashes);
    }

    function startOf(bytes calldata program, RunInput calldata run) external pure returns (bytes32) {
        return StartState.hash(program, run);
    }

    function _settle(uint256 game, Side winner) internal override {
        winnerOf[game] = 1 + uint8(winner);
    }
}
