// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {BidLib} from "../market/BidLib.sol";
import {DeviceRecord, MarketState} from "../market/MarketState.sol";
import {Parameters, Quote, Terms} from "../market/MarketTypes.sol";
import {MatchLib} from "../market/MatchLib.sol";
import {DeviceWord} from "../market/words/DeviceWord.sol";
import {OfferWord, OfferWordLib} from "../market/words/OfferWord.sol";

/// @notice One bid of a random book; its device is its index plus one.
struct RandomBid {
    uint64 stake;
    uint16 tick;
    uint16 lanes;
    uint16 taken;
    uint16 score;
    uint16 memoryMiB;
    uint8 verdictMask;
    bool expired;
}

/// @notice For tests: matches an offer against a whole random book in one call.
contract MatchHarness {
    using BidLib for MarketState;
    using MatchLib for MarketState;

    MarketState private _state;

    /// @notice Builds the book, asks for a quote, then matches for real what is left after the first `next` tasklets.
    function run(RandomBid[] calldata bids, Terms memory terms, uint256 next, uint32 classKey, uint32[] calldata devices, Parameters memory p)
        external
        returns (Quote memory quote, uint32 leases, uint32 tasklets, uint256[] memory locked, uint256[] memory taken)
    {
        uint256 genesisTime = block.timestamp - 1 hours;
        for (uint32 i = 0; i < bids.length; i++) {
            DeviceRecord storage record = _state.devices[i + 1];
            record.owner = address(this);
            record.bookKey = classKey;
            record.word = DeviceWord.wrap(bids[i].stake).withBid(bids[i].tick, bids[i].lanes).withVerdicts(bids[i].verdictMask)
                .withCapability(bids[i].score, bids[i].memoryMiB).withValid(bids[i].expired ? 1 : 120);
            _state.relink(i + 1, record);
            record.word = record.word.addTaken(bids[i].taken);
        }
        OfferWord word = OfferWordLib.opened(0).addNext(next);
        quote = _state.quote(terms, classKey, devices, bytes32(uint256(1)), word, p, genesisTime);
        (, leases, tasklets,) = _state.lease(terms, classKey, devices, bytes32(uint256(1)), word, p, genesisTime, false);
        locked = new uint256[](bids.length);
        taken = new uint256[](bids.length);
        for (uint256 i = 0; i < bids.length; i++) {
            locked[i] = _state.devices[i + 1].word.locked();
            taken[i] = _state.devices[i + 1].word.takenLanes();
        }
    }
}
