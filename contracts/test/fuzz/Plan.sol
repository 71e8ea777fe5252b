// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Scope, Terms} from "../../src/market/MarketTypes.sol";
import {CostWord, RuleWord} from "../../src/market/words/TermsWords.sol";

/// @notice Terms field by field, as the fuzzer makes them up.
struct Plan {
    address consumer;
    uint64 nonce;
    uint32 total;
    uint32 mfuel;
    uint16 maxTick;
    uint8 rounds;
    uint16 bondBps;
    uint40 deadline;
    uint32 leaseSeconds;
    uint32 windowSeconds;
    uint8 verdict;
    uint16 minScore;
    uint16 minMemoryMiB;
    uint16 maxLeases;
    uint32 tip;
}

/// @notice Packs terms by ABI-packed encoding, not with the shifts of the code under test.
function pack(Plan memory plan, Scope memory scope) pure returns (Terms memory terms) {
    bytes memory cost = abi.encodePacked(plan.bondBps, uint16(plan.rounds) * 2048 + plan.maxTick, plan.mfuel, plan.total, plan.consumer);
    bytes memory late = abi.encodePacked(plan.tip, plan.maxLeases, plan.minMemoryMiB, plan.minScore, plan.verdict);
    bytes memory rules = abi.encodePacked(late, plan.windowSeconds, plan.leaseSeconds, plan.deadline, plan.nonce);
    terms.cost = CostWord.wrap(uint256(bytes32(cost)));
    terms.rules = RuleWord.wrap(uint256(bytes32(rules)));
    terms.scope = keccak256(abi.encode(scope.classKey, scope.work, scope.devices));
}
