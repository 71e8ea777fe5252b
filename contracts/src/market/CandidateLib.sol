// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {BidLib} from "./BidLib.sol";
import {BookLib} from "./BookLib.sol";
import {DeviceLib} from "./DeviceLib.sol";
import {Book, DeviceRecord, MarketState} from "./MarketState.sol";
import {BidRemoval, Exclusion, Parameters, Terms, Verdict} from "./MarketTypes.sol";
import {PriceLib} from "./PriceLib.sol";
import {TermsLib} from "./TermsLib.sol";
import {DeviceWord} from "./words/DeviceWord.sol";

/// @notice What an offer asks of a bid, computed once per round.
struct Filter {
    uint256 genesisTime;
    uint64 minStake;
    uint256 verdictBit;
    uint256 minScore;
    uint256 minMemoryMiB;
    uint256 leaseSeconds;
    uint256 mfuel;
    uint256 maxTick;
    uint256 bondBps;
    uint256 slack; // base units kept aside for rounding up the bond of each range separately
    uint256 minCount; // least lease
    uint256 maxCount; // of one device in one round, by maxLeaseValue
    uint256 left; // tasklets that wait
    uint256 part; // of the offer, below which devices take less; zero if more than that waits
}

/// @notice Walks the bids that may serve an offer, cheapest first: a book, or the offer's named devices sorted by tick.
struct Cursor {
    uint256 maxTick;
    uint256 tick; // of the newest candidate
    uint256 upcoming; // book: device after it at the same tick; named: index of the next
    uint256 from; // book: lowest tick not yet walked
    uint256 scanned;
    uint256[] named; // tick << 24 | device, ascending; empty: walk the book
    uint256 unfit; // bids to sweep once the round is planned, the newest lowest: 8 of (device 24 | full 1)
    uint256 excluded; // bids passed: 16 bits per Exclusion
}

/// @notice Which bids an offer can use, and for how many tasklets.
library CandidateLib {
    using BookLib for Book;
    using BookLib for MarketState;
    using BidLib for MarketState;

    /// @notice Bids that one call looks at, so that no crowd of unfit bids can exhaust a block.
    uint256 internal constant MAX_SCAN = 512;
    /// @notice Bids that one call sweeps out of its book.
    uint256 internal constant MAX_SWEEP = 8;
    uint256 private constant SWEEP_BITS = 25;
    uint256 private constant FULL = 1 << 24;

    function filterOf(Terms memory terms, Parameters memory p, uint256 genesisTime, uint256 demand, uint256 ranges)
        internal
        pure
        returns (Filter memory f)
    {
        f.genesisTime = genesisTime;
        f.minStake = p.minStake;
        uint256 verdict = terms.rules.verdict();
        f.verdictBit = 1 << verdict;
        f.minScore = terms.rules.minScore();
        f.minMemoryMiB = terms.rules.minMemoryMiB();
        f.leaseSeconds = terms.rules.leaseSeconds();
        f.mfuel = terms.cost.mfuel();
        f.maxTick = terms.cost.maxTick();
        f.bondBps = terms.cost.bondBps();
        f.slack = ranges - 1;
        uint256 least = TermsLib.minCount(terms);
        f.minCount = least < demand ? least : demand;
        f.left = demand;
        uint256 rounds = terms.cost.rounds();
        if (rounds != 0 && demand * rounds < terms.cost.total()) f.part = terms.cost.total() / rounds;
        f.maxCount = verdict == uint8(Verdict.Trusted)
            ? type(uint32).max
            : PriceLib.countDown(PriceLib.price(f.maxTick), f.mfuel, p.maxLeaseValue);
    }

    /// @notice How many tasklets the bid can take now; zero with the reason if none.
    /// @return capacity tasklets
    /// @return perLane tasklets that one lane is given: what it ends in four fifths of the lease time, or its share of the rest
    /// @dev Unchecked: lanes are below 2^12, and a lane's tasklets below 2^16 * 2^32 * 4.
    function capacityOf(DeviceWord word, Filter memory f) internal view returns (uint256 capacity, uint256 perLane, Exclusion why) {
        if (!BidLib.isValid(word, f.genesisTime)) return (0, 0, Exclusion.Expired);
        uint256 free = word.freeLanes();
        if (free == 0) return (0, 0, Exclusion.Full);
        if (word.verdictMask() & f.verdictBit == 0) return (0, 0, Exclusion.Verdict);
        uint256 score = word.score();
        unchecked {
            // mfuel is not zero in posted terms; in a quote's a division by zero reverts.
            perLane = score * f.leaseSeconds * 4 / (5 * f.mfuel);
            if (f.part != 0) perLane = shareOf(perLane, free, f);
            capacity = free * perLane;
        }
        if (score < f.minScore || perLane == 0) return (0, 0, Exclusion.TooSlow);
        if (word.memoryMiB() < f.minMemoryMiB) return (0, 0, Exclusion.TooLittleMemory);
        if (f.bondBps != 0) {
            uint256 backing = DeviceLib.freeStake(word, f.minStake);
            backing = backing > f.slack ? backing - f.slack : 0;
            uint256 bonded = PriceLib.bondedDown(f.maxTick, f.mfuel, f.bondBps, backing);
            if (bonded == 0) return (0, 0, Exclusion.TooLittleStake);
            if (bonded < capacity) capacity = bonded;
        }
        if (f.maxCount < capacity) capacity = f.maxCount;
        if (capacity < f.minCount) return (0, 0, Exclusion.TooSmall);
    }

    /// @notice What one lane takes near the end of an offer: as much less as less waits, so that lanes that come free soon find work
    /// too and all end at about one time (guided self-scheduling, Polychronopoulos and Kuck 1987). At least a quarter, since
    /// each lease costs its transactions, and no lease below the least.
    function shareOf(uint256 perLane, uint256 free, Filter memory f) private pure returns (uint256 share) {
        unchecked {
            share = perLane * f.left / f.part;
            uint256 least = (perLane + 3) / 4;
            if (share < least) share = least;
            least = (f.minCount + free - 1) / free;
            if (share < least) share = least;
            if (share > perLane) share = perLane;
        }
    }

    /// @notice A walk over the class's book, or over the offer's named devices if it names any.
    function open(MarketState storage self, uint32 classKey, uint32[] calldata devices, uint256 maxTick)
        internal
        view
        returns (Cursor memory cursor)
    {
        cursor.maxTick = maxTick;
        uint256 length = devices.length;
        if (length == 0) return cursor;

        uint256[] memory named = new uint256[](length);
        uint256 count = 0;
        for (uint256 i = 0; i < length; i++) {
            DeviceRecord storage record = self.devices[devices[i]];
            if (record.bookKey != classKey || record.word.lanes() == 0) continue;
            // Insertion sort: at most 16 entries.
            uint256 entry = (record.word.tick() << 24) | devices[i];
            uint256 at = count++;
            for (; at > 0 && named[at - 1] > entry; at--) named[at] = named[at - 1];
            named[at] = entry;
        }
        // A sentinel behind the candidates ends the walk; a shorter array would need a copy.
        for (uint256 i = count; i < length; i++) named[i] = type(uint256).max;
        cursor.named = named;
    }

    /// @notice The next bid at or below the reserve, or device zero at the end.
    function next(MarketState storage self, Book storage book, Cursor memory cursor)
        internal
        view
        returns (uint256 device, DeviceWord word)
    {
        if (cursor.named.length != 0) {
            if (cursor.upcoming == cursor.named.length) return (0, word);
            uint256 entry = cursor.named[cursor.upcoming++];
            if (entry >> 24 > cursor.maxTick) return (0, word);
            cursor.tick = entry >> 24;
            device = entry & type(uint24).max;
            return (device, self.devices[device].word);
        }
        device = cursor.upcoming;
        if (device == 0) {
            uint256 tick;
            if (cursor.from == 0) {
                (tick, device) = book.first();
                if (device == 0) return (0, word);
            } else {
                tick = book.nextTick(cursor.from);
            }
            if (tick > cursor.maxTick) return (0, word);
            cursor.tick = tick;
            cursor.from = tick + 1;
            if (device == 0) (device,) = book.level(tick);
        }
        word = self.devices[device].word;
        cursor.upcoming = word.next();
    }

    /// @notice The next bid that fits and how much it can take, or device zero at the end.
    function nextFit(MarketState storage self, Book storage book, Cursor memory cursor, Filter memory f)
        internal
        view
        returns (uint256 device, uint256 capacity, uint256 perLane)
    {
        while (cursor.scanned < MAX_SCAN) {
            unchecked {
                cursor.scanned++;
            }
            DeviceWord word;
            (device, word) = next(self, book, cursor);
            if (device == 0) return (0, 0, 0);
            Exclusion why;
            (capacity, perLane, why) = capacityOf(word, f);
            if (why == Exclusion.None) return (device, capacity, perLane);
            exclude(cursor, why);
            bool full = why == Exclusion.Full;
            if ((full || why == Exclusion.Expired) && cursor.unfit >> ((MAX_SWEEP - 1) * SWEEP_BITS) == 0) {
                cursor.unfit = (cursor.unfit << SWEEP_BITS) | device | (full ? FULL : 0);
            }
        }
        cursor.scanned = MAX_SCAN + 1;
        return (0, 0, 0);
    }

    /// @dev Fewer than 2 * MAX_SCAN bids are passed, so no count leaves its 16 bits.
    function exclude(Cursor memory cursor, Exclusion why) private pure {
        cursor.excluded += 1 << (uint256(why) << 4);
    }

    /// @notice Bids passed for the reason of that number.
    function excludedOf(Cursor memory cursor, uint256 why) internal pure returns (uint256) {
        return uint16(cursor.excluded >> (why << 4));
    }

    /// @notice For a quote: counts bids above the reserve and named devices that stand in no fitting book.
    function countRest(MarketState storage self, uint32 classKey, uint32[] calldata devices, Cursor memory cursor) internal view {
        for (uint256 i = 0; i < devices.length; i++) {
            DeviceRecord storage record = self.devices[devices[i]];
            DeviceWord word = record.word;
            if (record.releaseAt != 0 || word.banned()) exclude(cursor, Exclusion.Leasing);
            else if (word.lanes() == 0 || record.bookKey != classKey) exclude(cursor, Exclusion.WrongClass);
            else if (word.tick() > cursor.maxTick) exclude(cursor, Exclusion.TooExpensive);
        }
        if (devices.length != 0) return;
        Cursor memory above;
        above.from = cursor.maxTick + 1;
        above.maxTick = PriceLib.MAX_TICK;
        while (above.scanned++ < MAX_SCAN) {
            (uint256 device,) = next(self, self.books[classKey], above);
            if (device == 0) return;
            exclude(cursor, Exclusion.TooExpensive);
        }
    }

    /// @notice Takes the bids out of the book that this walk found expired or full, so that each costs one matcher once.
    function sweep(MarketState storage self, Book storage book, Cursor memory cursor) internal {
        for (uint256 unfit = cursor.unfit; unfit != 0; unfit >>= SWEEP_BITS) {
            uint32 device = uint32(unfit & type(uint24).max);
            if (unfit & FULL == 0) {
                self.removeBid(device, BidRemoval.Expired);
            } else {
                DeviceWord word = self.devices[device].word;
                if (word.linked()) self.devices[device].word = self.unlink(book, word);
            }
        }
    }
}
