// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {CandidateLib, Cursor, Filter} from "./CandidateLib.sol";
import {ExcessLib} from "./ExcessLib.sol";
import {IMarketLeases} from "./IMarketLeases.sol";
import {Book, MarketState} from "./MarketState.sol";
import {Fill, Lease, Parameters, Quote, Terms} from "./MarketTypes.sol";
import {PriceLib} from "./PriceLib.sol";
import {PricingLib, Round} from "./PricingLib.sol";
import {TermsLib} from "./TermsLib.sol";
import {FreedRange, FreedRangeLib, OfferWord} from "./words/OfferWord.sol";
import {LeaseWordLib} from "./words/LeaseWord.sol";

/// @notice The ranges of an offer that wait for a device: freed ones, newest first, then the rest that was never leased.
struct Ranges {
    FreedRange[] range;
    uint256 freed; // how many of `range` are freed ranges
    uint256 at; // the range that is being cut
    uint256 cut; // tasklets of it already given away
    uint256 demand; // tasklets in all ranges
    uint256 returned; // base units of escrow given back to devices that had failed
}

/// @notice Turns a pricing round into leases. Kept: leases of one offer never overlap, and with its freed ranges they tile
/// [0, next); next = settled + outstanding + freed; a tasklet is leased at most once per attempt, so lease keys never repeat.
library MatchLib {
    using CandidateLib for MarketState;
    using ExcessLib for MarketState;
    using PricingLib for MarketState;

    /// @notice Freed ranges that one round takes up.
    uint256 internal constant MAX_RANGES = 32;

    /// @notice Leases what it can of the offer's waiting ranges.
    /// @return changed the offer's word, which the caller stores
    /// @return leases how many were made
    /// @return tasklets how many they hold
    function lease(
        MarketState storage self,
        Terms calldata terms,
        bytes32 offerId,
        OfferWord word,
        Parameters memory p,
        uint256 genesisTime
    ) internal returns (OfferWord changed, uint32 leases, uint32 tasklets) {
        Ranges memory ranges = waiting(self, terms, offerId, word);
        if (ranges.demand == 0 || block.timestamp > terms.deadline || word.cancelled()) return (word, 0, 0);
        Book storage book = self.books[terms.classKey];
        Cursor memory cursor = self.open(terms);
        Round memory round = self.run(
            book, cursor, CandidateLib.filterOf(terms, p, genesisTime, ranges.demand, ranges.range.length), p, ranges.demand
        );
        for (uint256 i = 0; i < round.winners; i++) leases += grant(self, terms, offerId, round, i, ranges);
        self.sweep(book, cursor);
        tasklets = uint32(round.granted);
        changed = consume(self, offerId, word.addOutstanding(tasklets), ranges);
    }

    /// @notice What `lease` would do, without doing it.
    function quote(MarketState storage self, Terms calldata terms, bytes32 offerId, OfferWord word, Parameters memory p, uint256 genesisTime)
        internal
        view
        returns (Quote memory q)
    {
        q.escrow = uint128(TermsLib.escrowUp(terms, p.feeBps));
        Ranges memory ranges = waiting(self, terms, offerId, word);
        if (ranges.demand == 0) return q;
        Cursor memory cursor = self.open(terms);
        Round memory round = self.run(
            self.books[terms.classKey],
            cursor,
            CandidateLib.filterOf(terms, p, genesisTime, ranges.demand, ranges.range.length),
            p,
            ranges.demand
        );
        self.countRest(self.books[terms.classKey], terms, cursor);
        q.excluded = cursor.excluded;
        q.tasklets = uint32(round.granted);
        q.fills = new Fill[](round.winners);
        for (uint256 i = 0; i < round.winners; i++) {
            uint256 winner = round.winner[i];
            uint256 unitPrice = PricingLib.unitPrice(round, i);
            uint256 pay = PriceLib.costDown(unitPrice, terms.mfuel, PricingLib.taskletsOf(winner));
            q.fills[i] = Fill(
                uint32(PricingLib.deviceOf(winner)),
                uint32(PricingLib.taskletsOf(winner)),
                uint16(PricingLib.tickOf(winner)),
                uint64(unitPrice),
                uint128(pay)
            );
            q.pay += uint128(pay);
            q.fee += uint128(PriceLib.feeDown(pay, p.feeBps));
            q.marginalTick = uint16(PricingLib.tickOf(winner));
        }
    }

    /// @notice The offer's waiting ranges, at most MAX_RANGES freed ones.
    function waiting(MarketState storage self, Terms calldata terms, bytes32 offerId, OfferWord word)
        private
        view
        returns (Ranges memory ranges)
    {
        uint256 all = word.freedRanges();
        uint256 taken = all < MAX_RANGES ? all : MAX_RANGES;
        uint256 rest = terms.total - word.next();
        ranges.range = new FreedRange[](taken + (rest == 0 ? 0 : 1));
        ranges.freed = taken;
        for (uint256 i = 0; i < taken; i++) {
            FreedRange range = self.freed[offerId][all - 1 - i];
            ranges.range[i] = range;
            ranges.demand += range.count();
        }
        if (rest != 0) ranges.range[taken] = FreedRangeLib.pack(word.next(), rest, 0);
        ranges.demand += rest;
    }

    /// @notice Gives one winner its tasklets, as one lease per range that they cut.
    function grant(MarketState storage self, Terms calldata terms, bytes32 offerId, Round memory round, uint256 index, Ranges memory ranges)
        private
        returns (uint32 leases)
    {
        uint256 winner = round.winner[index];
        uint256 tasklets = PricingLib.taskletsOf(winner);
        uint256 perLane = PricingLib.perLaneOf(winner);
        Lease memory made;
        made.offer = offerId;
        made.device = uint32(PricingLib.deviceOf(winner));
        made.unitPrice = uint64(PricingLib.unitPrice(round, index));
        uint256 done = 0;
        uint256 lanes = 0;
        uint256 bond = 0;
        while (done < tasklets) {
            FreedRange range = ranges.range[ranges.at];
            uint256 count = range.count() - ranges.cut;
            if (count > tasklets - done) count = tasklets - done;
            made.first = uint32(range.first() + ranges.cut);
            made.count = uint32(count);
            made.attempt = uint16(range.attempt());
            if (range.device() != 0) {
                ranges.returned += self.chargeExcess(terms, offerId, range.withoutFirst(ranges.cut), count, made.unitPrice);
            }
            done += count;
            ranges.cut += count;
            if (ranges.cut == range.count()) (ranges.at, ranges.cut) = (ranges.at + 1, 0);

            // Lanes are shared out over the winner's leases so that they sum to what all its tasklets need.
            uint256 upTo = (done + perLane - 1) / perLane;
            write(self, terms, made, upTo - lanes);
            lanes = upTo;
            bond += PriceLib.bondUp(terms.maxTick, terms.mfuel, count, terms.bondBps);
            leases++;
        }
        self.devices[made.device].word = self.devices[made.device].word.addTaken(lanes).addLocked(bond);
    }

    function write(MarketState storage self, Terms calldata terms, Lease memory made, uint256 lanes) private {
        bytes32 key = TermsLib.leaseKey(made);
        uint40 due = uint40(block.timestamp + terms.leaseSeconds);
        self.leases[key] = LeaseWordLib.leased(due, lanes);
        emit IMarketLeases.Leased(made.offer, key, made.device, made.first, made.count, made.unitPrice, made.attempt, due);
    }

    /// @notice Takes what was cut off the offer's word and its freed ranges.
    function consume(MarketState storage self, bytes32 offerId, OfferWord word, Ranges memory ranges) private returns (OfferWord) {
        if (ranges.returned != 0) word = word.withEscrow(word.escrow() - ranges.returned);
        uint256 all = word.freedRanges();
        uint256 whole = ranges.at < ranges.freed ? ranges.at : ranges.freed;
        if (whole != 0) word = word.withFreedRanges(all - whole);
        if (ranges.at < ranges.freed) {
            FreedRange range = ranges.range[ranges.at];
            if (ranges.cut != 0) {
                self.freed[offerId][all - 1 - ranges.at] = range.withoutFirst(ranges.cut);
            }
            return word;
        }
        if (ranges.freed == ranges.range.length) return word;
        FreedRange rest = ranges.range[ranges.freed];
        return word.addNext(ranges.at > ranges.freed ? rest.count() : ranges.cut);
    }
}
