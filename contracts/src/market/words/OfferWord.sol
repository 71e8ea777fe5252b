// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @notice An offer's progress in one slot; absent for an offer that one lease fills. From the lowest bit:
/// escrow 96 (base units) | next 32 | settled 32 | outstanding 32 (tasklets) | freed ranges 32 | tips paid 18 |
/// spare 12 | exists 1 | cancelled 1
type OfferWord is uint256;

using OfferWordLib for OfferWord global;

library OfferWordLib {
    /// @notice The most that an offer may start with. Penalties add at most 2^56 each, so the field never overflows.
    uint256 internal constant MAX_POSTED = type(uint96).max >> 1;

    uint256 private constant MAX_ESCROW = type(uint96).max;
    uint256 private constant MAX_TIPS = (1 << 18) - 1;
    uint256 private constant FIELD = type(uint32).max;
    uint256 private constant NEXT = 96;
    uint256 private constant SETTLED = 128;
    uint256 private constant OUTSTANDING = 160;
    uint256 private constant FREED = 192;
    uint256 private constant TIPS = 224;
    uint256 private constant EXISTS = 254;
    uint256 private constant CANCELLED = 255;

    function opened(uint256 escrowed) internal pure returns (OfferWord) {
        return OfferWord.wrap(escrowed | (1 << EXISTS));
    }

    function raw(OfferWord self) internal pure returns (uint256) {
        return OfferWord.unwrap(self);
    }

    function exists(OfferWord self) internal pure returns (bool) {
        return self.raw() & (1 << EXISTS) != 0;
    }

    function cancelled(OfferWord self) internal pure returns (bool) {
        return self.raw() & (1 << CANCELLED) != 0;
    }

    function escrow(OfferWord self) internal pure returns (uint256) {
        return self.raw() & MAX_ESCROW;
    }

    function next(OfferWord self) internal pure returns (uint256) {
        return (self.raw() >> NEXT) & FIELD;
    }

    function settled(OfferWord self) internal pure returns (uint256) {
        return (self.raw() >> SETTLED) & FIELD;
    }

    function outstanding(OfferWord self) internal pure returns (uint256) {
        return (self.raw() >> OUTSTANDING) & FIELD;
    }

    function freedRanges(OfferWord self) internal pure returns (uint256) {
        return (self.raw() >> FREED) & FIELD;
    }

    function tips(OfferWord self) internal pure returns (uint256) {
        return (self.raw() >> TIPS) & MAX_TIPS;
    }

    function withCancelled(OfferWord self) internal pure returns (OfferWord) {
        return OfferWord.wrap(self.raw() | (1 << CANCELLED));
    }

    function withEscrow(OfferWord self, uint256 amount) internal pure returns (OfferWord) {
        return OfferWord.wrap((self.raw() & ~MAX_ESCROW) | amount);
    }

    function withTips(OfferWord self, uint256 count) internal pure returns (OfferWord) {
        return OfferWord.wrap((self.raw() & ~(MAX_TIPS << TIPS)) | (count << TIPS));
    }

    function withFreedRanges(OfferWord self, uint256 count) internal pure returns (OfferWord) {
        return OfferWord.wrap((self.raw() & ~(FIELD << FREED)) | (count << FREED));
    }

    /// @dev The fields stay in place: next <= total, and settled + outstanding <= next.
    function addNext(OfferWord self, uint256 count) internal pure returns (OfferWord) {
        return OfferWord.wrap(self.raw() + (count << NEXT));
    }

    function addOutstanding(OfferWord self, uint256 count) internal pure returns (OfferWord) {
        return OfferWord.wrap(self.raw() + (count << OUTSTANDING));
    }

    function subOutstanding(OfferWord self, uint256 count) internal pure returns (OfferWord) {
        return OfferWord.wrap(self.raw() - (count << OUTSTANDING));
    }

    function addSettled(OfferWord self, uint256 count) internal pure returns (OfferWord) {
        return OfferWord.wrap(self.raw() + (count << SETTLED));
    }
}

/// @notice A range that failed and waits for a new lease. From the lowest bit:
/// first 32 | count 32 | attempt 16 (of its next lease) | device 24 | unit price 64 (of the failed lease)
/// The device is zero where none answers for what the new lease costs more.
type FreedRange is uint256;

using FreedRangeLib for FreedRange global;

library FreedRangeLib {
    function pack(uint256 firstTasklet, uint256 taskletCount, uint256 nextAttempt) internal pure returns (FreedRange) {
        return FreedRange.wrap(firstTasklet | (taskletCount << 32) | (nextAttempt << 64));
    }

    function withLiable(FreedRange self, uint256 liable, uint256 failedPrice) internal pure returns (FreedRange) {
        return FreedRange.wrap(FreedRange.unwrap(self) | (liable << 80) | (failedPrice << 104));
    }

    /// @notice The same range without its first `cut` tasklets.
    function withoutFirst(FreedRange self, uint256 cut) internal pure returns (FreedRange) {
        return FreedRange.wrap(FreedRange.unwrap(self) + cut - (cut << 32));
    }

    function first(FreedRange self) internal pure returns (uint256) {
        return uint32(FreedRange.unwrap(self));
    }

    function count(FreedRange self) internal pure returns (uint256) {
        return uint32(FreedRange.unwrap(self) >> 32);
    }

    function attempt(FreedRange self) internal pure returns (uint256) {
        return uint16(FreedRange.unwrap(self) >> 64);
    }

    function device(FreedRange self) internal pure returns (uint256) {
        return uint24(FreedRange.unwrap(self) >> 80);
    }

    function unitPrice(FreedRange self) internal pure returns (uint256) {
        return uint64(FreedRange.unwrap(self) >> 104);
    }
}
