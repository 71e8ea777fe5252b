// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Book, MarketState} from "./MarketState.sol";
import {DeviceWord} from "./words/DeviceWord.sol";

/// @notice Price-time ordered bids of one class in O(1) per step: a two-level bitmap of 2,048 ticks, a linked list per tick.
/// Kept (invariant 7): a tick's bit is set exactly if its list is not empty; a device is linked in at most one list, at its word's
/// tick; lists end and have no cycles; walking the book yields ticks that never fall; the cheapest bid is the one that `top` names.
library BookLib {
    uint256 internal constant NO_TICK = 2048;
    uint256 private constant WORDS = 0xff;
    uint256 private constant TICK = 8;
    uint256 private constant DEVICE = 32;

    /// @notice Appends a device to the list of its word's tick. The word is written.
    function link(MarketState storage state, Book storage book, uint256 device, DeviceWord word) internal {
        uint256 tick = word.tick();
        (uint256 head, uint256 tail) = level(book, tick);
        if (head == 0) {
            head = device;
            uint256 bits = book.ticks[tick >> 8];
            book.ticks[tick >> 8] = bits | (1 << (tick & 255));
            uint256 top = book.top;
            bool cheapest = top == 0 || tick < (top >> TICK) & 0x7ff;
            if (bits == 0 || cheapest) {
                uint256 words = (top & WORDS) | (1 << (tick >> 8));
                book.top = cheapest ? words | (tick << TICK) | (device << DEVICE) : (top & ~WORDS) | words;
            }
        } else {
            state.devices[tail].word = state.devices[tail].word.withNext(device);
        }
        setLevel(book, tick, head, device);
        state.devices[device].word = word.withPrev(tail).withNext(0).withLinked(true);
    }

    /// @notice Takes a linked device out. Returns its word, which the caller writes.
    function unlink(MarketState storage state, Book storage book, DeviceWord word) internal returns (DeviceWord) {
        uint256 tick = word.tick();
        (uint256 prev, uint256 next) = (word.prev(), word.next());
        if (prev != 0) state.devices[prev].word = state.devices[prev].word.withNext(next);
        if (next != 0) state.devices[next].word = state.devices[next].word.withPrev(prev);
        if (prev == 0 || next == 0) {
            (uint256 head, uint256 tail) = level(book, tick);
            setLevel(book, tick, prev == 0 ? next : head, next == 0 ? prev : tail);
            if (prev == 0) replaceHead(book, tick, next);
        }
        return word.withNext(0).withPrev(0).withLinked(false);
    }

    /// @notice The cheapest bid; device zero if there is none.
    function first(Book storage book) internal view returns (uint256 tick, uint256 device) {
        uint256 top = book.top;
        return ((top >> TICK) & 0x7ff, top >> DEVICE);
    }

    /// @notice The lowest tick from `start` on that has a bid, or NO_TICK.
    function nextTick(Book storage book, uint256 start) internal view returns (uint256) {
        unchecked {
            // Words below the start's, and in its own word the bits below it, are shifted out; a shift by 8 leaves none of 8.
            uint256 words = ((book.top & WORDS) >> (start >> 8)) << (start >> 8);
            while (words != 0) {
                uint256 index = lowestBit(words);
                uint256 bits = book.ticks[index];
                if (index == start >> 8) bits = (bits >> (start & 255)) << (start & 255);
                if (bits != 0) return (index << 8) | lowestBit(bits);
                words &= words - 1;
            }
            return NO_TICK;
        }
    }

    /// @notice First and last device at `tick`; zeros if there is none.
    function level(Book storage book, uint256 tick) internal view returns (uint256 head, uint256 tail) {
        uint256 quarter = book.levels[tick >> 2] >> ((tick & 3) << 6);
        return (uint32(quarter), uint32(quarter >> 32));
    }

    function setLevel(Book storage book, uint256 tick, uint256 head, uint256 tail) private {
        uint256 shift = (tick & 3) << 6;
        uint256 kept = book.levels[tick >> 2] & ~(uint256(type(uint64).max) << shift);
        book.levels[tick >> 2] = kept | ((head | (tail << 32)) << shift);
    }

    /// @dev The first device at `tick` left; `next` stands there now, or nobody.
    function replaceHead(Book storage book, uint256 tick, uint256 next) private {
        uint256 top = book.top;
        if (next == 0) {
            uint256 bits = book.ticks[tick >> 8] & ~(1 << (tick & 255));
            book.ticks[tick >> 8] = bits;
            if (bits == 0) top &= ~(1 << (tick >> 8));
        }
        if ((top >> TICK) & 0x7ff == tick) {
            if (next == 0) {
                tick = nextTick(book, tick + 1);
                if (tick != NO_TICK) (next,) = level(book, tick);
            }
            top = next == 0 ? 0 : (top & WORDS) | (tick << TICK) | (next << DEVICE);
        }
        if (top != book.top) book.top = top;
    }

    /// @notice Index of the lowest set bit; `bits` is not zero.
    function lowestBit(uint256 bits) internal pure returns (uint256 index) {
        unchecked {
            bits &= 0 - bits;
            if (bits >> 128 != 0) index = 128;
            if ((bits >> index) >> 64 != 0) index |= 64;
            if ((bits >> index) >> 32 != 0) index |= 32;
            if ((bits >> index) >> 16 != 0) index |= 16;
            if ((bits >> index) >> 8 != 0) index |= 8;
            if ((bits >> index) >> 4 != 0) index |= 4;
            if ((bits >> index) >> 2 != 0) index |= 2;
            if ((bits >> index) >> 1 != 0) index |= 1;
        }
    }
}
