// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {LeaseState} from "../MarketTypes.sol";

/// @notice A lease's state and result in one slot. From the lowest bit:
/// state 6 | sole 1 (its offer has no word: this lease is all of it) | demand open 1 | late 8 (1/255 of the pay) | time 40 (unix seconds) | first 200 bits of the result root.
/// While leased, the root's place holds what only then counts: lanes 16 | 40 bits until when its device must appear (0: not summoned; all ones: it appeared).
type LeaseWord is uint256;

using LeaseWordLib for LeaseWord global;

library LeaseWordLib {
    uint256 internal constant LATE_UNIT = 255;
    uint256 private constant ROOT = 56;
    uint256 private constant APPEAR_BY = ROOT + 16;
    uint256 private constant APPEARED = type(uint40).max;

    uint256 private constant STATE = 0x3f;
    uint256 private constant SOLE = 0x40;
    uint256 private constant DEMAND = 0x80;
    uint256 private constant TIME = uint256(type(uint40).max) << 16;

    function leased(uint256 due, uint256 taken, bool alone) internal pure returns (LeaseWord) {
        return LeaseWord.wrap(uint256(LeaseState.Leased) | (alone ? SOLE : 0) | (due << 16) | (taken << ROOT));
    }

    /// @notice The same lease with its result.
    function withResult(LeaseWord self, uint256 finalAt, uint256 lost, bytes32 full) internal pure returns (LeaseWord) {
        uint256 head = (LeaseWord.unwrap(self) & SOLE) | uint256(LeaseState.Committed) | (lost << 8) | (finalAt << 16);
        return LeaseWord.wrap(head | ((uint256(full) >> ROOT) << ROOT));
    }

    /// @notice Another state and time; lateness, root and an open demand stay.
    function withState(LeaseWord self, LeaseState newState, uint256 newTime) internal pure returns (LeaseWord) {
        uint256 kept = LeaseWord.unwrap(self) & ~(TIME | STATE);
        return LeaseWord.wrap(kept | uint256(newState) | (newTime << 16));
    }

    /// @notice The same lease, whose device has until `by` to appear; only while leased.
    function withSummons(LeaseWord self, uint256 by) internal pure returns (LeaseWord) {
        return LeaseWord.wrap(LeaseWord.unwrap(self) | (by << APPEAR_BY));
    }

    /// @notice The same lease, whose device appeared; it is not summoned again.
    function withAppearance(LeaseWord self) internal pure returns (LeaseWord) {
        return withSummons(self, APPEARED);
    }

    function withDemand(LeaseWord self, bool open) internal pure returns (LeaseWord) {
        return LeaseWord.wrap((LeaseWord.unwrap(self) & ~DEMAND) | (open ? DEMAND : 0));
    }

    function state(LeaseWord self) internal pure returns (LeaseState) {
        return LeaseState(LeaseWord.unwrap(self) & STATE);
    }

    function demanded(LeaseWord self) internal pure returns (bool) {
        return LeaseWord.unwrap(self) & DEMAND != 0;
    }

    /// @notice Whether the lease is all of an offer that has no word.
    function sole(LeaseWord self) internal pure returns (bool) {
        return LeaseWord.unwrap(self) & SOLE != 0;
    }

    function late(LeaseWord self) internal pure returns (uint8) {
        return uint8(LeaseWord.unwrap(self) >> 8);
    }

    function time(LeaseWord self) internal pure returns (uint40) {
        return uint40(LeaseWord.unwrap(self) >> 16);
    }

    /// @notice Lanes that the lease takes; only while leased.
    function lanes(LeaseWord self) internal pure returns (uint256) {
        return (LeaseWord.unwrap(self) >> ROOT) & type(uint16).max;
    }

    /// @notice Whether the device was ever summoned; only while leased.
    function summoned(LeaseWord self) internal pure returns (bool) {
        return LeaseWord.unwrap(self) >> APPEAR_BY != 0;
    }

    /// @notice Whether the device was summoned and has yet to appear; only while leased.
    function awaited(LeaseWord self) internal pure returns (bool) {
        return summoned(self) && LeaseWord.unwrap(self) >> APPEAR_BY != APPEARED;
    }

    /// @notice The last second in which the lease cannot expire; only while leased.
    function expiresAt(LeaseWord self, uint256 graceSeconds) internal pure returns (uint256 last) {
        last = uint256(time(self)) + graceSeconds;
        uint256 by = LeaseWord.unwrap(self) >> APPEAR_BY;
        if (by != 0 && by < last) last = by;
    }

    /// @notice The first 200 bits of the result root, the rest zero; only once committed.
    function root(LeaseWord self) internal pure returns (bytes32) {
        return bytes32((LeaseWord.unwrap(self) >> ROOT) << ROOT);
    }

    function holdsRoot(LeaseWord self, bytes32 full) internal pure returns (bool) {
        return uint256(full) >> ROOT == LeaseWord.unwrap(self) >> ROOT;
    }
}
