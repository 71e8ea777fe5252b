// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IMarketErrors} from "./IMarketErrors.sol";
import {IMarketLeases} from "./IMarketLeases.sol";
import {LedgerLib} from "./LedgerLib.sol";
import {MatchLib} from "./MatchLib.sol";
import {MarketState} from "./MarketState.sol";
import {Lease, Parameters, Terms, Work} from "./MarketTypes.sol";
import {TermsLib} from "./TermsLib.sol";
import {FreedRangeLib, OfferWord, OfferWordLib} from "./words/OfferWord.sol";

/// @notice The life of an offer: open -> closed, or open -> cancelled -> closed.
/// Kept: escrow >= what open leases can cost + the reserve of everything unleased or freed + unpaid tips; a closed offer's
/// word is zero and its nonce used, so it never comes back.
/// An offer that one lease fills at posting has no word while that lease is open; its escrow is escrowUp(terms).
library OfferLib {
    using LedgerLib for MarketState;
    using MatchLib for MarketState;

    /// @notice Takes the escrow from the caller's credit.
    function post(MarketState storage self, Terms calldata terms, Work calldata work, Parameters memory p)
        internal
        returns (bytes32 offerId, OfferWord word)
    {
        TermsLib.check(terms, work, p);
        uint256 escrow = TermsLib.escrowUp(terms, p.feeBps);
        self.debitWithNonce(msg.sender, escrow, terms.nonce);
        offerId = TermsLib.offerId(terms);
        word = OfferWordLib.opened(escrow);
        emit IMarketLeases.OfferPosted(offerId, msg.sender, terms, work, uint128(escrow));
    }

    function requireOpen(MarketState storage self, bytes32 offerId) internal view returns (OfferWord word) {
        word = self.offers[offerId];
        if (!word.exists()) revert IMarketErrors.OfferUnknown(offerId);
    }

    /// @notice Pays the caller for the leases it made, unless it is the consumer.
    function tipMatch(MarketState storage self, Terms calldata terms, OfferWord word, uint256 leases) internal returns (OfferWord) {
        if (terms.tip == 0 || msg.sender == terms.consumer) return word;
        uint256 left = 2 * uint256(terms.maxLeases) - word.tips();
        uint256 count = leases < left ? leases : left;
        self.credit(msg.sender, count * terms.tip);
        return word.withTips(word.tips() + count).withEscrow(word.escrow() - count * terms.tip);
    }

    /// @notice Takes a settled lease's `amount` out of the escrow, tips the caller if asked, and closes the offer when it is over.
    function paid(
        MarketState storage self,
        Terms calldata terms,
        bytes32 offerId,
        uint16 feeBps,
        uint256 count,
        uint256 amount,
        bool tipped
    ) internal {
        OfferWord word = self.offers[offerId];
        // The only lease of an offer that was never stored.
        bool sole = !word.exists();
        if (sole) word = OfferWordLib.opened(TermsLib.escrowUp(terms, feeBps)).addNext(terms.total).addOutstanding(terms.total);
        if (tipped && word.tips() < 2 * uint256(terms.maxLeases)) {
            self.credit(msg.sender, terms.tip);
            amount += terms.tip;
            word = word.withTips(word.tips() + 1);
        }
        word = word.withEscrow(word.escrow() - amount).subOutstanding(count).addSettled(count);
        if (isOver(terms, word)) {
            if (!sole) self.offers[offerId] = OfferWord.wrap(0);
            refund(self, terms, offerId, word);
        } else {
            self.offers[offerId] = word;
        }
    }

    /// @notice Puts a failed lease's range back and adds the device's penalty to the escrow.
    function freeRange(
        MarketState storage self,
        Terms calldata terms,
        bytes32 offerId,
        uint16 feeBps,
        Lease calldata lease,
        uint256 penalty
    ) internal {
        OfferWord word = self.offers[offerId];
        if (!word.exists()) {
            word = OfferWordLib.opened(TermsLib.escrowUp(terms, feeBps)).addNext(terms.total).addOutstanding(terms.total);
        }
        word = word.withEscrow(word.escrow() + penalty).subOutstanding(lease.count);
        if (isOver(terms, word)) {
            self.offers[offerId] = OfferWord.wrap(0);
            return refund(self, terms, offerId, word);
        }
        uint256 index = word.freedRanges();
        self.freed[offerId][index] = FreedRangeLib.pack(lease.first, lease.count, uint256(lease.attempt) + 1);
        self.offers[offerId] = word.withFreedRanges(index + 1);
    }

    /// @notice No more leases. Refunds what open leases cannot cost, or closes at once if there are none.
    function cancel(MarketState storage self, Terms calldata terms, uint16 feeBps) internal returns (uint128 refunded) {
        if (msg.sender != terms.consumer) revert IMarketErrors.OfferNotConsumer(terms.consumer, msg.sender);
        bytes32 offerId = TermsLib.offerId(terms);
        OfferWord word = requireOpen(self, offerId);
        if (word.cancelled()) revert IMarketErrors.OfferCancelledAlready(offerId);
        if (word.outstanding() == 0) {
            emit IMarketLeases.OfferCancelled(offerId, 0);
            self.offers[offerId] = OfferWord.wrap(0);
            refunded = uint128(word.escrow());
            refund(self, terms, offerId, word);
            return refunded;
        }
        uint256 need = TermsLib.needUp(terms, word.outstanding(), word.tips(), feeBps);
        // Never below the escrow: the unleased part was escrowed on top of the need.
        uint256 spare = word.escrow() > need ? word.escrow() - need : 0;
        self.offers[offerId] = word.withEscrow(word.escrow() - spare).withCancelled();
        self.credit(terms.consumer, spare);
        refunded = uint128(spare);
        emit IMarketLeases.OfferCancelled(offerId, refunded);
    }

    /// @notice Refunds an offer that nothing can come of any more.
    function close(MarketState storage self, Terms calldata terms) internal returns (uint128 refunded) {
        bytes32 offerId = TermsLib.offerId(terms);
        OfferWord word = requireOpen(self, offerId);
        if (!isOver(terms, word)) {
            revert IMarketErrors.OfferStillOpen(offerId, uint32(word.outstanding()), terms.deadline);
        }
        self.offers[offerId] = OfferWord.wrap(0);
        refunded = uint128(word.escrow());
        refund(self, terms, offerId, word);
    }

    /// @notice Nothing is outstanding and nothing can be leased again.
    function isOver(Terms calldata terms, OfferWord word) private view returns (bool) {
        if (word.outstanding() != 0) return false;
        return word.settled() == terms.total || word.cancelled() || block.timestamp > terms.deadline;
    }

    function refund(MarketState storage self, Terms calldata terms, bytes32 offerId, OfferWord word) private {
        self.credit(terms.consumer, word.escrow());
        emit IMarketLeases.OfferClosed(offerId, uint128(word.escrow()));
    }
}
