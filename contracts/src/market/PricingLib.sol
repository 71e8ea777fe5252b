// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {CandidateLib, Cursor, Filter} from "./CandidateLib.sol";
import {Book, MarketState} from "./MarketState.sol";
import {Parameters} from "./MarketTypes.sol";
import {PriceLib} from "./PriceLib.sol";

/// @notice One pricing round. Winners and rejected bids are packed words, cheapest first.
struct Round {
    uint256 demand; // tasklets asked for
    uint256 granted; // tasklets that found a device
    uint256 winners; // how many of `winner` are filled
    uint256[] winner; // device 24 | tick 11 << 24 | tasklets 32 << 64 | tasklets per lane << 96
    uint256 leftover; // capacity of the last winner that nobody asked for
    uint256 rejected; // how many of `rejection` are filled
    uint256[] rejection; // price 64 | tasklets << 64
    uint256 fallbackPrice; // of displaced tasklets beyond the rejected bids: the reserve, or the last price seen
}

/// @notice Flat-cost VCG with a reserve. Tasklets of an offer are identical and a bid is one price and a capacity, so the cheapest
/// allocation is greedy, and what a winner of q tasklets displaces is the first q tasklets of the rejected supply, its own
/// leftover excepted, supply that is missing at the reserve. Each winner is paid that. So no winner's own price, and no
/// capacity that it holds back, moves its own payment in its favour.
/// Kept (invariant 9): bid <= payment <= reserve, rounded down per Mfuel.
/// The caller cannot choose the round's size: it takes all demand, or all eligible bids, or maxFills winners.
library PricingLib {
    using CandidateLib for MarketState;

    /// @notice Allocates and collects the rejected supply.
    function run(MarketState storage self, Book storage book, Cursor memory cursor, Filter memory f, Parameters memory p, uint256 demand)
        internal
        view
        returns (Round memory round)
    {
        round.demand = demand;
        // Each winner takes at least one tasklet, and each rejected bid that matters displaces one.
        round.winner = new uint256[](demand < p.maxFills ? demand : p.maxFills);
        round.rejection = new uint256[](demand < p.lookAhead ? demand : p.lookAhead);
        bool ended = false;
        while (round.granted < demand && round.winners < round.winner.length && !ended) ended = !take(self, book, cursor, f, round);
        if (round.winners == 0) return round;
        uint256 needed = displaced(round);
        while (needed != 0 && round.rejected < round.rejection.length && !ended) {
            uint256 added = reject(self, book, cursor, f, round);
            ended = added == 0;
            needed = added < needed ? needed - added : 0;
        }
        // Where the look ahead ends before the bids do, the last price seen goes on: at the reserve instead, a few tiny bids
        // would lift every payment to it.
        if (ended && cursor.scanned <= CandidateLib.MAX_SCAN) round.fallbackPrice = PriceLib.price(f.maxTick);
        else if (round.rejected != 0) round.fallbackPrice = uint64(round.rejection[round.rejected - 1]);
        else round.fallbackPrice = PriceLib.price(tickOf(round.winner[round.winners - 1]));
    }

    /// @notice What winner `index` is paid per Mfuel in 2^-32 base units, rounded down.
    /// @dev Unchecked: tasklets are below 2^32 and prices below 2^64, so their sum is below 2^96.
    function unitPrice(Round memory round, uint256 index) internal pure returns (uint256) {
        unchecked {
            uint256 word = round.winner[index];
            uint256 tasklets = taskletsOf(word);
            uint256 left = tasklets;
            uint256 sum = 0;
            uint256 last = round.winners - 1;
            // The last winner's leftover is the cheapest rejected supply, but never a replacement for itself.
            if (index != last && round.leftover != 0) {
                uint256 units = left < round.leftover ? left : round.leftover;
                sum = units * PriceLib.price(tickOf(round.winner[last]));
                left -= units;
            }
            for (uint256 i = 0; left != 0 && i < round.rejected; i++) {
                uint256 available = round.rejection[i] >> 64;
                uint256 units = left < available ? left : available;
                sum += units * uint64(round.rejection[i]);
                left -= units;
            }
            return (sum + left * round.fallbackPrice) / tasklets;
        }
    }

    function deviceOf(uint256 winner) internal pure returns (uint256) {
        return winner & type(uint24).max;
    }

    function tickOf(uint256 winner) internal pure returns (uint256) {
        return (winner >> 24) & 0x7ff;
    }

    function taskletsOf(uint256 winner) internal pure returns (uint256) {
        return uint32(winner >> 64);
    }

    /// @notice Lanes that a winner needs for `tasklets` of its tasklets.
    function lanesFor(uint256 winner, uint256 tasklets) internal pure returns (uint256) {
        unchecked {
            // A winner ends at least one tasklet per lane.
            uint256 perLane = winner >> 96;
            return (tasklets + perLane - 1) / perLane;
        }
    }

    function take(MarketState storage self, Book storage book, Cursor memory cursor, Filter memory f, Round memory round)
        private
        view
        returns (bool)
    {
        (uint256 device, uint256 capacity, uint256 perLane) = self.nextFit(book, cursor, f);
        if (device == 0) return false;
        unchecked {
            // granted never exceeds demand, nor tasklets capacity.
            uint256 missing = round.demand - round.granted;
            uint256 tasklets = capacity < missing ? capacity : missing;
            round.winner[round.winners++] = device | (cursor.tick << 24) | (tasklets << 64) | (perLane << 96);
            round.granted += tasklets;
            round.leftover = capacity - tasklets;
        }
        return true;
    }

    function reject(MarketState storage self, Book storage book, Cursor memory cursor, Filter memory f, Round memory round)
        private
        view
        returns (uint256 capacity)
    {
        uint256 device;
        (device, capacity,) = self.nextFit(book, cursor, f);
        if (device != 0) round.rejection[round.rejected++] = PriceLib.price(cursor.tick) | (capacity << 64);
    }

    /// @notice Rejected tasklets that some winner's payment reaches.
    function displaced(Round memory round) private pure returns (uint256 most) {
        uint256 last = round.winners - 1;
        most = taskletsOf(round.winner[last]);
        for (uint256 i = 0; i < last; i++) {
            uint256 tasklets = taskletsOf(round.winner[i]);
            if (tasklets > round.leftover && tasklets - round.leftover > most) most = tasklets - round.leftover;
        }
    }
}
