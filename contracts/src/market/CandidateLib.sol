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
}

/// @notice Walks the bids that may serve an offer, cheapest first: a book, or the offer's named devices sorted by tick.
struct Cursor {
    uint256 maxTick;
    uint256 tick; // of the newest candidate
    uint256 upcoming; // book: device after it at the same tick; named: index of the next
    uint256 from; // book: lowest tick not yet walked
    uint256 scanned;
    uint256[] named; // tick << 24 | device, ascending; empty: walk the book
    uint256[16] unfit; // bids to sweep once the round is planned: device | Exclusion << 24
    uint256 unfitCount;
    uint32[11] excluded; // bids passed, per Exclusion
}

/// @notice Which bids an offer can use, and for how many tasklets.
library CandidateLib {
    using BookLib for Book;
    using BookLib for MarketState;
    using BidLib for MarketState;

    /// @notice Bids that one call looks at, so that no crowd of unfit bids can exhaust a block.
    uint256 internal constant MAX_SCAN = 512;

    function filterOf(Terms calldata terms, Parameters memory p, uint256 genesisTime, uint256 demand, uint256 ranges)
        internal
        pure
        returns (Filter memory f)
    {
        f.genesisTime = genesisTime;
        f.minStake = p.minStake;
        f.verdictBit = 1 << uint8(terms.verdict);
        f.minScore = terms.minScore;
        f.minMemoryMiB = terms.minMemoryMiB;
        f.leaseSeconds = terms.leaseSeconds;
        f.mfuel = terms.mfuel;
        f.maxTick = terms.maxTick;
        f.bondBps = terms.bondBps;
        f.slack = ranges - 1;
        uint256 least = TermsLib.minCount(terms);
        f.minCount = least < demand ? least : demand;
        f.maxCount = terms.verdict == Verdict.Trusted
            ? type(uint32).max
            : PriceLib.countDown(PriceLib.price(terms.maxTick), terms.mfuel, p.maxLeaseValue);
    }

    /// @notice How many tasklets the bid can take now; zero with the reason if none.
    /// @return capacity tasklets
    /// @return perLane tasklets that one lane ends in four fifths of the lease time
    function capacityOf(DeviceWord word, Filter memory f) internal view returns (uint256 capacity, uint256 perLane, Exclusion why) {
        if (!BidLib.isValid(word, f.genesisTime)) return (0, 0, Exclusion.Expired);
        uint256 free = word.freeLanes();
        if (free == 0) return (0, 0, Exclusion.Full);
        if (word.verdictMask() & f.verdictBit == 0) return (0, 0, Exclusion.Verdict);
        uint256 score = word.score();
        perLane = score * f.leaseSeconds * 4 / (5 * f.mfuel);
        if (score < f.minScore || perLane == 0) return (0, 0, Exclusion.TooSlow);
        if (word.memoryMiB() < f.minMemoryMiB) return (0, 0, Exclusion.TooLittleMemory);
        capacity = free * perLane;
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

    function open(MarketState storage self, Terms calldata terms) internal view returns (Cursor memory cursor) {
        cursor.maxTick = terms.maxTick;
        uint256 length = terms.devices.length;
        if (length == 0) return cursor;

        uint256[] memory named = new uint256[](length);
        uint256 count = 0;
        for (uint256 i = 0; i < length; i++) {
            DeviceRecord storage record = self.devices[terms.devices[i]];
            if (record.bookKey != terms.classKey || record.word.lanes() == 0) continue;
            // Insertion sort: at most 16 entries.
            uint256 entry = (record.word.tick() << 24) | terms.devices[i];
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
            uint256 tick = book.nextTick(cursor.from);
            if (tick > cursor.maxTick) return (0, word);
            cursor.tick = tick;
            cursor.from = tick + 1;
            (device,) = book.level(tick);
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
        while (cursor.scanned++ < MAX_SCAN) {
            DeviceWord word;
            (device, word) = next(self, book, cursor);
            if (device == 0) return (0, 0, 0);
            Exclusion why;
            (capacity, perLane, why) = capacityOf(word, f);
            if (why == Exclusion.None) return (device, capacity, perLane);
            cursor.excluded[uint8(why)]++;
            if (cursor.unfitCount < cursor.unfit.length && (why == Exclusion.Expired || why == Exclusion.Full)) {
                cursor.unfit[cursor.unfitCount++] = device | (uint256(why) << 24);
            }
        }
        return (0, 0, 0);
    }

    /// @notice For a quote: counts bids above the reserve and named devices that stand in no fitting book.
    function countRest(MarketState storage self, Book storage book, Terms calldata terms, Cursor memory cursor) internal view {
        for (uint256 i = 0; i < terms.devices.length; i++) {
            DeviceRecord storage record = self.devices[terms.devices[i]];
            DeviceWord word = record.word;
            if (record.releaseAt != 0 || word.banned()) cursor.excluded[uint8(Exclusion.Leasing)]++;
            else if (word.lanes() == 0 || record.bookKey != terms.classKey) cursor.excluded[uint8(Exclusion.WrongClass)]++;
            else if (word.tick() > terms.maxTick) cursor.excluded[uint8(Exclusion.TooExpensive)]++;
        }
        if (terms.devices.length != 0) return;
        Cursor memory above;
        above.from = uint256(terms.maxTick) + 1;
        above.maxTick = PriceLib.MAX_TICK;
        while (above.scanned++ < MAX_SCAN) {
            (uint256 device,) = next(self, book, above);
            if (device == 0) return;
            cursor.excluded[uint8(Exclusion.TooExpensive)]++;
        }
    }

    /// @notice Takes the bids out of the book that this walk found expired or full, so that each costs one matcher once.
    function sweep(MarketState storage self, Book storage book, Cursor memory cursor) internal {
        for (uint256 i = 0; i < cursor.unfitCount; i++) {
            uint32 device = uint32(cursor.unfit[i] & type(uint24).max);
            if (Exclusion(cursor.unfit[i] >> 24) == Exclusion.Expired) {
                self.removeBid(device, BidRemoval.Expired);
            } else {
                DeviceWord word = self.devices[device].word;
                if (word.linked()) self.devices[device].word = self.unlink(book, word);
            }
        }
    }
}
