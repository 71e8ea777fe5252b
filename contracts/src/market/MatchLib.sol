// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {CandidateLib, Cursor, Filter} from "./CandidateLib.sol";
import {ExcessLib} from "./ExcessLib.sol";
import {IMarketLeases} from "./IMarketLeases.sol";
import {Book, DeviceRecord, MarketState} from "./MarketState.sol";
import {Fill, Parameters, Quote, Terms} from "./MarketTypes.sol";
import {PriceLib} from "./PriceLib.sol";
import {PricingLib, Round} from "./PricingLib.sol";
import {TermsLib} from "./TermsLib.sol";
import {Lease, LeaseTermsLib} from "./words/Lease.sol";
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
    bool sole; // one lease takes all of an offer that is not stored yet
}

/// @notice Turns a pricing round into leases.
/// Kept (invariant 4): leases of one offer never overlap, and with its freed ranges they tile [0, next); next = settled + outstanding + freed; a tasklet is leased at most once per attempt, so lease keys never repeat.
library MatchLib {
    using CandidateLib for MarketState;
    using ExcessLib for MarketState;
    using PricingLib for MarketState;

    /// @notice Freed ranges that one round takes up.
    uint256 internal constant MAX_RANGES = 32;

    /// @notice Leases what it can of the offer's waiting ranges.
    /// @param stored whether the offer has a word in storage
    /// @return changed the offer's word, which the caller stores
    /// @return leases how many were made
    /// @return tasklets how many they hold
    /// @return sole whether one lease took all of an offer that is not stored, so that it need not be
    function lease(
        MarketState storage self,
        Terms memory terms,
        uint32 classKey,
        uint32[] calldata devices,
        bytes32 offerId,
        OfferWord word,
        Parameters memory p,
        uint256 genesisTime,
        bool stored
    ) internal returns (OfferWord changed, uint32 leases, uint32 tasklets, bool sole) {
        Ranges memory ranges = waiting(self, terms, offerId, word);
        if (ranges.demand == 0 || block.timestamp > terms.rules.deadline() || word.cancelled()) return (word, 0, 0, false);
        Book storage book = self.books[classKey];
        Cursor memory cursor = self.open(classKey, devices, terms.cost.maxTick());
        Round memory round = self.run(
            book, cursor, CandidateLib.filterOf(terms, p, genesisTime, ranges.demand, ranges.range.length), p, ranges.demand
        );
        ranges.sole = !stored && round.winners == 1 && round.granted == ranges.demand;
        for (uint256 i = 0; i < round.winners; i++) leases += grant(self, terms, offerId, round, i, ranges);
        if (cursor.unfit != 0) self.sweep(book, cursor);
        tasklets = uint32(round.granted);
        sole = ranges.sole;
        changed = sole ? word : consume(self, offerId, word.addOutstanding(tasklets), ranges);
    }

    /// @notice What `lease` would do, without doing it.
    function quote(
        MarketState storage self,
        Terms memory terms,
        uint32 classKey,
        uint32[] calldata devices,
        bytes32 offerId,
        OfferWord word,
        Parameters memory p,
        uint256 genesisTime
    ) internal view returns (Quote memory q) {
        q.escrow = uint128(TermsLib.escrowUp(terms, p.feeBps));
        Ranges memory ranges = waiting(self, terms, offerId, word);
        if (ranges.demand == 0) return q;
        Cursor memory cursor = self.open(classKey, devices, terms.cost.maxTick());
        Round memory round = self.run(
            self.books[classKey],
            cursor,
            CandidateLib.filterOf(terms, p, genesisTime, ranges.demand, ranges.range.length),
            p,
            ranges.demand
        );
        self.countRest(classKey, devices, cursor);
        for (uint256 i = 0; i < q.excluded.length; i++) q.excluded[i] = uint32(CandidateLib.excludedOf(cursor, i));
        q.tasklets = uint32(round.granted);
        q.fills = new Fill[](round.winners);
        for (uint256 i = 0; i < round.winners; i++) {
            uint256 winner = round.winner[i];
            uint256 unitPrice = PricingLib.unitPrice(round, i);
            uint256 pay = PriceLib.costDown(unitPrice, terms.cost.mfuel(), PricingLib.taskletsOf(winner));
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
    function waiting(MarketState storage self, Terms memory terms, bytes32 offerId, OfferWord word)
        private
        view
        returns (Ranges memory ranges)
    {
        uint256 all = word.freedRanges();
        uint256 taken = all < MAX_RANGES ? all : MAX_RANGES;
        uint256 rest = terms.cost.total() - word.next();
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
    function grant(MarketState storage self, Terms memory terms, bytes32 offerId, Round memory round, uint256 index, Ranges memory ranges)
        private
        returns (uint32 leases)
    {
        uint256 winner = round.winner[index];
        uint256 unitPrice = PricingLib.unitPrice(round, index);
        uint256 left = PricingLib.taskletsOf(winner);
        uint256 done = 0;
        uint256 lanes = 0;
        uint256 bond = 0;
        while (left != 0) {
            FreedRange range = ranges.range[ranges.at].withoutFirst(ranges.cut);
            uint256 count = range.count();
            if (count > left) (count, ranges.cut) = (left, ranges.cut + left);
            else (ranges.at, ranges.cut) = (ranges.at + 1, 0);
            left -= count;
            done += count;

            if (range.device() != 0) ranges.returned += self.chargeExcess(terms, offerId, range, count, unitPrice);
            // Lanes are shared out over the winner's leases so that they sum to what all its tasklets need.
            uint256 upTo = PricingLib.lanesFor(winner, done);
            Lease made = LeaseTermsLib.pack(PricingLib.deviceOf(winner), range.first(), count, unitPrice, range.attempt());
            write(self, terms, offerId, made, upTo - lanes, ranges.sole);
            lanes = upTo;
            bond += TermsLib.bondUp(terms, count);
            leases++;
        }
        DeviceRecord storage record = self.devices[PricingLib.deviceOf(winner)];
        record.word = record.word.addTaken(lanes).addLocked(bond);
    }

    function write(MarketState storage self, Terms memory terms, bytes32 offerId, Lease made, uint256 lanes, bool sole) private {
        bytes32 key = TermsLib.leaseKey(offerId, made);
        uint256 due = block.timestamp + terms.rules.leaseSeconds();
        self.leases[key] = LeaseWordLib.leased(due, lanes, sole);
        emit IMarketLeases.Leased(offerId, key, made.device(), made, uint40(due));
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
