// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @notice What an offer costs, in one word. From the lowest bit:
/// consumer 160 | total 32 (tasklets) | mfuel 32 (fuel limit of each tasklet, in Mfuel = 10^6 fuel; pay is flat per limit, not per
/// fuel used) | reserve 11 (tick; no lease costs more) | rounds 5 (while less than total / rounds waits, each device takes less of
/// it; 0: never) | bond 16 (of a lease, in 1/10,000 of its value at the reserve)
type CostWord is uint256;

using CostWordLib for CostWord global;

library CostWordLib {
    uint256 private constant TICK = 224;
    uint256 private constant ROUNDS = 235;

    /// @notice Who pays, and must be the caller that posts.
    function consumer(CostWord self) internal pure returns (address) {
        return address(uint160(CostWord.unwrap(self)));
    }

    function total(CostWord self) internal pure returns (uint256) {
        return uint32(CostWord.unwrap(self) >> 160);
    }

    function mfuel(CostWord self) internal pure returns (uint256) {
        return uint32(CostWord.unwrap(self) >> 192);
    }

    function maxTick(CostWord self) internal pure returns (uint256) {
        return (CostWord.unwrap(self) >> TICK) & 0x7ff;
    }

    function rounds(CostWord self) internal pure returns (uint256) {
        return (CostWord.unwrap(self) >> ROUNDS) & 0x1f;
    }

    function bondBps(CostWord self) internal pure returns (uint256) {
        return CostWord.unwrap(self) >> 240;
    }

    /// @notice The same cost for a consumer, a number of tasklets and a reserve; the caller sees to it that they fit.
    function forConsumer(CostWord self, address consumer_, uint256 total_, uint256 maxTick_) internal pure returns (CostWord) {
        uint256 kept = CostWord.unwrap(self) & ((uint256(type(uint32).max) << 192) | (type(uint256).max << ROUNDS));
        return CostWord.wrap(kept | uint160(consumer_) | (total_ << 160) | (maxTick_ << TICK));
    }
}

/// @notice By which rules an offer runs, in one word. From the lowest bit:
/// nonce 64 (at least nonceOf(consumer); each posted offer uses up every nonce up to its own) | deadline 40 (unix seconds; no new
/// lease after it) | lease 32 (seconds from lease to due) | window 32 (seconds to challenge after commit; 0 for trusted) |
/// verdict 7 | keeps results 1 (the words of its paid leases stay, so that other contracts can read the roots) |
/// least score 16 (Mfuel per second and lane) | least memory 16 (MiB per lane) | most leases 16 (0: any number; else no
/// lease below total / most tasklets, and tips are escrowed for so many) | tip 32 (base units to whoever matches or settles a
/// lease; needs most leases)
type RuleWord is uint256;

using RuleWordLib for RuleWord global;

library RuleWordLib {
    uint256 private constant DEADLINE = 64;
    uint256 private constant LEASE = 104;
    uint256 private constant VERDICT = 168;
    uint256 private constant KEEPS_RESULTS = 1 << 175;

    function nonce(RuleWord self) internal pure returns (uint64) {
        return uint64(RuleWord.unwrap(self));
    }

    function deadline(RuleWord self) internal pure returns (uint256) {
        return uint40(RuleWord.unwrap(self) >> DEADLINE);
    }

    function leaseSeconds(RuleWord self) internal pure returns (uint256) {
        return uint32(RuleWord.unwrap(self) >> LEASE);
    }

    function windowSeconds(RuleWord self) internal pure returns (uint256) {
        return uint32(RuleWord.unwrap(self) >> 136);
    }

    /// @notice A Verdict in posted terms; anything before.
    function verdict(RuleWord self) internal pure returns (uint8) {
        return uint8(RuleWord.unwrap(self) >> VERDICT) & 0x7f;
    }

    /// @notice Whether a paid lease keeps its word. It costs the refund for the word, 4,800 gas a lease.
    function keepsResults(RuleWord self) internal pure returns (bool) {
        return RuleWord.unwrap(self) & KEEPS_RESULTS != 0;
    }

    /// @notice The same rules for an offer that another contract posts and reads: with its nonce, until `deadline_`.
    function opened(RuleWord self, uint64 nonce_, uint256 deadline_) internal pure returns (RuleWord) {
        uint256 kept = RuleWord.unwrap(self) & ~((uint256(1) << LEASE) - 1);
        return RuleWord.wrap(kept | KEEPS_RESULTS | nonce_ | (deadline_ << DEADLINE));
    }

    function minScore(RuleWord self) internal pure returns (uint256) {
        return uint16(RuleWord.unwrap(self) >> 176);
    }

    function minMemoryMiB(RuleWord self) internal pure returns (uint256) {
        return uint16(RuleWord.unwrap(self) >> 192);
    }

    function maxLeases(RuleWord self) internal pure returns (uint256) {
        return uint16(RuleWord.unwrap(self) >> 208);
    }

    function tip(RuleWord self) internal pure returns (uint256) {
        return RuleWord.unwrap(self) >> 224;
    }
}

/// @notice The measures of a piece of work, in one word. From the lowest bit:
/// module 32 (bytes) | memory 32 (cap of 64 KiB wasm pages per tasklet) | output 32 (bytes per tasklet) | input kind 8 (0: the work
/// names a manifest; else an InputRule of that kind) | zero
type LimitsWord is uint256;

using LimitsWordLib for LimitsWord global;

library LimitsWordLib {
    function moduleLength(LimitsWord self) internal pure returns (uint256) {
        return uint32(LimitsWord.unwrap(self));
    }

    function memoryPages(LimitsWord self) internal pure returns (uint256) {
        return uint32(LimitsWord.unwrap(self) >> 32);
    }

    function outputLimit(LimitsWord self) internal pure returns (uint256) {
        return uint32(LimitsWord.unwrap(self) >> 64);
    }

    function inputKind(LimitsWord self) internal pure returns (uint8) {
        return uint8(LimitsWord.unwrap(self) >> 96);
    }
}
