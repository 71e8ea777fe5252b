// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ExcessLib} from "./ExcessLib.sol";
import {IMarketErrors} from "./IMarketErrors.sol";
import {IMarketLeases} from "./IMarketLeases.sol";
import {LedgerLib} from "./LedgerLib.sol";
import {MarketState} from "./MarketState.sol";
import {Parameters, Terms, Work} from "./MarketTypes.sol";
import {TermsLib} from "./TermsLib.sol";
import {Lease} from "./words/Lease.sol";
import {FreedRange, FreedRangeLib, OfferWord, OfferWordLib} from "./words/OfferWord.sol";

/// @notice The life of an offer: open -> closed, or open -> cancelled -> closed.
/// Kept (invariant 2): escrow >= what open leases can cost + the reserve of everything unleased or freed + unpaid tips; a closed
/// offer's word is zero and its nonce used, so it never comes back.
/// Kept (invariant 8): an offer that has ended and has no open lease can be closed by anyone, and gives back all it holds.
/// An offer that one lease fills at posting has no word while that lease is open; its escrow is escrowUp(terms).
library OfferLib {
    using LedgerLib for MarketState;
    using ExcessLib for MarketState;

    /// @notice Freed ranges that one call gives back money for.
    uint256 internal constant MAX_RETURNS = 64;

    /// @notice Takes the escrow from the caller's credit.
    function post(
        MarketState storage self,
        Terms memory terms,
        uint32 classKey,
        uint32[] calldata devices,
        Work calldata work,
        Parameters memory p
    ) internal returns (bytes32 offerId, OfferWord word) {
        TermsLib.check(terms, work.program, devices, p);
        uint256 escrow = TermsLib.escrowUp(terms, p.feeBps);
        TermsLib.checkEscrow(escrow);
        self.debitWithNonce(msg.sender, escrow, terms.rules.nonce());
        offerId = TermsLib.offerId(terms);
        word = OfferWordLib.opened(escrow);
        emit IMarketLeases.OfferPosted(offerId, msg.sender, terms.cost, terms.rules, work, classKey, devices, uint128(escrow));
    }

    function requireOpen(MarketState storage self, bytes32 offerId) internal view returns (OfferWord word) {
        word = self.offers[offerId];
        if (!word.exists()) revert IMarketErrors.OfferUnknown(offerId);
    }

    /// @notice Pays the caller for the leases it made, unless it is the consumer.
    function tipMatch(MarketState storage self, Terms memory terms, bytes32 offerId, OfferWord word, uint256 leases)
        internal
        returns (OfferWord)
    {
        uint256 tip = terms.rules.tip();
        if (tip == 0 || msg.sender == terms.cost.consumer()) return word;
        uint256 left = TermsLib.mostTips(terms) - word.tips();
        uint256 count = leases < left ? leases : left;
        if (count == 0) return word;
        payTip(self, offerId, count * tip);
        return word.withTips(word.tips() + count).withEscrow(word.escrow() - count * tip);
    }

    /// @notice Takes a settled lease's `amount` out of the escrow, tips the caller if asked, and closes the offer when it is over.
    /// @param sole whether the lease is all of an offer that has no word
    function paid(
        MarketState storage self,
        Terms memory terms,
        bytes32 offerId,
        uint256 feeBps,
        uint256 count,
        uint256 amount,
        bool tipped,
        bool sole
    ) internal {
        OfferWord word = sole ? OfferWordLib.opened(TermsLib.escrowUp(terms, feeBps)) : self.offers[offerId];
        if (tipped && word.tips() < TermsLib.mostTips(terms)) {
            uint256 tip = terms.rules.tip();
            payTip(self, offerId, tip);
            amount += tip;
            word = word.withTips(word.tips() + 1);
        }
        if (sole) {
            refund(self, terms, offerId, word.escrow() - amount);
            return;
        }
        word = word.withEscrow(word.escrow() - amount).subOutstanding(count).addSettled(count);
        if (hasEnded(terms, word)) finish(self, terms, offerId, word);
        else self.offers[offerId] = word;
    }

    /// @notice Puts a failed lease's range back and adds the device's penalty to the escrow, out of which the caller is tipped.
    /// @param liability how much of the device's bond is left to answer for a dearer new lease
    /// @param tipped whether the caller may be tipped
    /// @return held what of it went to the escrow for that
    function freeRange(
        MarketState storage self,
        Terms memory terms,
        bytes32 offerId,
        uint16 feeBps,
        Lease lease,
        uint256 penalty,
        uint256 liability,
        bool sole,
        bool tipped
    ) internal returns (uint256 held) {
        uint256 total = terms.cost.total();
        OfferWord word = sole
            ? OfferWordLib.opened(TermsLib.escrowUp(terms, feeBps)).addNext(total).addOutstanding(total)
            : self.offers[offerId];
        word = tipFailure(self, terms, offerId, word.withEscrow(word.escrow() + penalty).subOutstanding(lease.count()), penalty, tipped);
        if (hasEnded(terms, word)) {
            finish(self, terms, offerId, word);
            return 0;
        }
        FreedRange range = FreedRangeLib.pack(lease.first(), lease.count(), lease.attempt() + 1);
        uint256 excess = ExcessLib.heldDown(terms, lease.unitPrice(), lease.count());
        if (excess != 0 && excess <= liability) {
            held = excess;
            range = range.withLiable(lease.device(), lease.unitPrice());
            word = word.withEscrow(word.escrow() + held);
            emit IMarketLeases.ExcessHeld(offerId, lease.device(), uint128(held));
        }
        uint256 index = word.freedRanges();
        self.freed[offerId][index] = range;
        self.offers[offerId] = word.withFreedRanges(index + 1);
    }

    /// @notice No more leases. Refunds what open leases cannot cost, or closes if there are none.
    function cancel(MarketState storage self, Terms memory terms, uint16 feeBps) internal returns (uint128 refunded) {
        address consumer = terms.cost.consumer();
        if (msg.sender != consumer) revert IMarketErrors.OfferNotConsumer(consumer, msg.sender);
        bytes32 offerId = TermsLib.offerId(terms);
        OfferWord word = requireOpen(self, offerId);
        if (word.cancelled()) revert IMarketErrors.OfferCancelledAlready(offerId);
        word = word.withCancelled();
        if (word.outstanding() == 0) {
            emit IMarketLeases.OfferCancelled(offerId, 0);
            return finish(self, terms, offerId, word);
        }
        // While failed devices' money waits in the escrow, what is spare is known only at the close.
        if (word.freedRanges() == 0) {
            uint256 need = TermsLib.needUp(terms, word.outstanding(), word.tips(), feeBps);
            uint256 spare = word.escrow() > need ? word.escrow() - need : 0;
            word = word.withEscrow(word.escrow() - spare);
            self.credit(consumer, spare);
            refunded = uint128(spare);
        }
        self.offers[offerId] = word;
        emit IMarketLeases.OfferCancelled(offerId, refunded);
    }

    /// @notice Refunds an offer that nothing can come of any more.
    function close(MarketState storage self, Terms memory terms) internal returns (uint128 refunded) {
        bytes32 offerId = TermsLib.offerId(terms);
        OfferWord word = requireOpen(self, offerId);
        if (word.outstanding() != 0 || !hasEnded(terms, word)) {
            revert IMarketErrors.OfferStillOpen(offerId, uint32(word.outstanding()), uint40(terms.rules.deadline()));
        }
        return finish(self, terms, offerId, word);
    }

    /// @notice Nothing can be leased any more.
    function hasEnded(Terms memory terms, OfferWord word) private view returns (bool) {
        return word.settled() == terms.cost.total() || word.cancelled() || block.timestamp > terms.rules.deadline();
    }

    /// @notice Closes an ended offer once nothing is outstanding: gives waiting money back to failed devices, then the rest to the
    /// consumer. Takes MAX_RETURNS ranges at a time; closeOffer goes on with the rest.
    function finish(MarketState storage self, Terms memory terms, bytes32 offerId, OfferWord word) private returns (uint128 refunded) {
        if (word.outstanding() == 0) {
            uint256 left = word.freedRanges();
            for (uint256 i = 0; i < MAX_RETURNS && left != 0; i++) {
                FreedRange range = self.freed[offerId][--left];
                if (range.device() == 0) continue;
                uint256 held = ExcessLib.heldDown(terms, range.unitPrice(), range.count());
                word = word.withEscrow(word.escrow() - held);
                self.giveBack(offerId, range.device(), held);
            }
            word = word.withFreedRanges(left);
            if (left == 0) {
                self.offers[offerId] = OfferWord.wrap(0);
                return refund(self, terms, offerId, word.escrow());
            }
        }
        self.offers[offerId] = word;
    }

    function refund(MarketState storage self, Terms memory terms, bytes32 offerId, uint256 amount) private returns (uint128) {
        self.credit(terms.cost.consumer(), amount);
        emit IMarketLeases.OfferClosed(offerId, uint128(amount));
        return uint128(amount);
    }

    /// @notice Tips the caller that ended a failed lease out of the penalty, and leaves a tip for whoever leases the range anew.
    function tipFailure(MarketState storage self, Terms memory terms, bytes32 offerId, OfferWord word, uint256 penalty, bool tipped)
        private
        returns (OfferWord)
    {
        uint256 tip = terms.rules.tip();
        if (tip == 0 || penalty < 2 * tip) return word;
        if (word.tips() != 0) word = word.withTips(word.tips() - 1);
        if (!tipped || msg.sender == terms.cost.consumer()) return word;
        payTip(self, offerId, tip);
        return word.withEscrow(word.escrow() - tip);
    }

    function payTip(MarketState storage self, bytes32 offerId, uint256 amount) private {
        self.credit(msg.sender, amount);
        emit IMarketLeases.Tipped(offerId, msg.sender, uint128(amount));
    }
}
