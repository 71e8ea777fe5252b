// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {BookLib} from "./BookLib.sol";
import {IMarketDesk} from "./IMarketDesk.sol";
import {IMarketErrors} from "./IMarketErrors.sol";
import {DeviceRecord, MarketState} from "./MarketState.sol";
import {BidRemoval, Bid, Capability, Verdict} from "./MarketTypes.sol";
import {PriceLib} from "./PriceLib.sol";
import {DeviceWord, DeviceWordLib} from "./words/DeviceWord.sol";

/// @notice Standing bids: one per device, in one book. A bid may lie unlinked while all its lanes are taken.
/// Kept (invariant 6): taken lanes = lanes of the device's uncommitted leases; a linked device has a bid, at its word's tick, in bookKey's book.
library BidLib {
    using BookLib for MarketState;

    uint256 private constant MINUTE = 60;

    function place(
        MarketState storage self,
        uint256 genesisTime,
        uint32 device,
        uint32 classKey,
        uint16 tick,
        uint16 lanes,
        uint40 validUntil,
        uint8 verdictMask
    ) internal {
        DeviceRecord storage record = self.devices[device];
        if (record.releaseAt != 0) revert IMarketErrors.DeviceIsRetired(device);
        if (record.word.banned()) revert IMarketErrors.DeviceBanned(device);
        if (record.word.lanes() != 0) {
            if (isValid(record.word, genesisTime)) revert IMarketErrors.BidExists(device);
            removeBid(self, device, BidRemoval.Expired);
        }
        if (block.timestamp < record.cooldownUntil) revert IMarketErrors.BidCoolingDown(device, record.cooldownUntil);
        if (!covers(record.classKey, classKey)) revert IMarketErrors.DeviceNotCapable(device, classKey, record.classKey);
        uint256 known = (1 << uint8(Verdict.Trusted)) | (1 << uint8(Verdict.Optimistic));
        if (verdictMask == 0 || verdictMask & ~known != 0) revert IMarketErrors.BidVerdictMask(verdictMask);
        if (lanes == 0) revert IMarketErrors.BidLanes(lanes, record.lanes);
        checkTerms(record, tick, lanes);
        uint256 valid = checkValidity(record, genesisTime, validUntil);

        record.bookKey = classKey;
        record.word = record.word.withBid(tick, lanes).withVerdicts(verdictMask).withValid(valid);
        relink(self, device, record);
        emit IMarketDesk.BidPlaced(device, classKey, tick, lanes, validUntil, verdictMask);
    }

    function announce(
        MarketState storage self,
        uint256 genesisTime,
        uint32 firmSeconds,
        uint32 device,
        uint16 tick,
        uint16 lanes,
        uint40 validUntil
    ) internal {
        DeviceRecord storage record = self.devices[device];
        if (record.word.lanes() == 0) revert IMarketErrors.BidNone(device);
        if (lanes != 0) {
            checkTerms(record, tick, lanes);
            checkValidity(record, genesisTime, validUntil);
        }
        uint40 activeAt = uint40(block.timestamp + firmSeconds);
        record.pendingFrom = activeAt;
        record.pendingTick = tick;
        record.pendingLanes = lanes;
        record.pendingValidUntil = validUntil;
        emit IMarketDesk.BidAnnounced(device, tick, lanes, validUntil, activeAt);
    }

    function activate(MarketState storage self, uint256 genesisTime, uint32 device) internal {
        DeviceRecord storage record = self.devices[device];
        if (record.pendingFrom == 0) revert IMarketErrors.BidNoChange(device);
        if (block.timestamp < record.pendingFrom) revert IMarketErrors.BidFirm(device, record.pendingFrom);
        (uint16 tick, uint16 lanes, uint40 validUntil) = (record.pendingTick, record.pendingLanes, record.pendingValidUntil);
        if (lanes == 0) return removeBid(self, device, BidRemoval.Withdrawn);
        // What was attested when the change was announced may have shrunk since.
        if (lanes > record.lanes || validUntil > record.expiresAt || validUntil <= block.timestamp) {
            return removeBid(self, device, BidRemoval.Incapable);
        }
        record.pendingFrom = 0;
        DeviceWord word = record.word;
        if (word.linked()) word = self.unlink(self.books[record.bookKey], word);
        record.word = word.withBid(tick, lanes).withValid((validUntil - genesisTime) / MINUTE);
        relink(self, device, record);
        emit IMarketDesk.BidPlaced(device, record.bookKey, tick, lanes, validUntil, uint8(word.verdictMask()));
    }

    function extend(MarketState storage self, uint256 genesisTime, uint32 device, uint40 validUntil) internal {
        DeviceRecord storage record = self.devices[device];
        if (record.word.lanes() == 0) revert IMarketErrors.BidNone(device);
        uint256 valid = checkValidity(record, genesisTime, validUntil);
        if (valid < record.word.validMinutes()) {
            revert IMarketErrors.BidValidity(validUntil, validUntilOf(record.word, genesisTime), record.expiresAt);
        }
        record.word = record.word.withValid(valid);
        emit IMarketDesk.BidExtended(device, validUntil);
    }

    function prune(MarketState storage self, uint256 genesisTime, uint32 device) internal {
        DeviceWord word = self.devices[device].word;
        if (word.lanes() == 0) revert IMarketErrors.BidNone(device);
        if (isValid(word, genesisTime)) {
            uint40 until = validUntilOf(word, genesisTime);
            revert IMarketErrors.BidValidity(until, 0, uint40(block.timestamp));
        }
        removeBid(self, device, BidRemoval.Expired);
    }

    function setCapability(MarketState storage self, uint256 genesisTime, uint32 device, Capability calldata capability) internal {
        DeviceRecord storage record = self.devices[device];
        if (record.owner == address(0)) revert IMarketErrors.DeviceUnknown(device);
        if (capability.lanes > DeviceWordLib.MAX_LANES) revert IMarketErrors.BidLanes(capability.lanes, uint16(DeviceWordLib.MAX_LANES));
        record.classKey = capability.classKey;
        record.score = capability.scorePerLane;
        record.memoryMiB = capability.memoryMiB;
        record.lanes = capability.lanes;
        record.expiresAt = capability.expiresAt;
        DeviceWord word = record.word.withCapability(capability.scorePerLane, capability.memoryMiB);
        record.word = word;
        emit IMarketDesk.CapabilitySet(device, capability);
        bool covered = word.lanes() <= capability.lanes && covers(capability.classKey, record.bookKey)
            && validUntilOf(word, genesisTime) <= capability.expiresAt;
        if (word.lanes() != 0 && !covered) removeBid(self, device, BidRemoval.Incapable);
    }

    /// @notice Delists a device if it has a bid.
    function removeBid(MarketState storage self, uint32 device, BidRemoval reason) internal {
        DeviceRecord storage record = self.devices[device];
        DeviceWord word = record.word;
        if (word.lanes() == 0) return;
        if (word.linked()) word = self.unlink(self.books[record.bookKey], word);
        record.word = word.withBid(0, 0);
        if (record.pendingFrom != 0) record.pendingFrom = 0;
        emit IMarketDesk.BidRemoved(device, reason);
    }

    /// @notice Links a bid that has a free lane again.
    function relink(MarketState storage self, uint32 device, DeviceRecord storage record) internal {
        DeviceWord word = record.word;
        if (!word.linked() && word.freeLanes() != 0) self.link(self.books[record.bookKey], device, word);
    }

    function isValid(DeviceWord word, uint256 genesisTime) internal view returns (bool) {
        return block.timestamp <= validUntilOf(word, genesisTime);
    }

    function validUntilOf(DeviceWord word, uint256 genesisTime) internal pure returns (uint40) {
        return uint40(genesisTime + word.validMinutes() * MINUTE);
    }

    /// @notice Whether a device attested as `attested` may stand in the book of `wanted`: same kind, level at most the
    /// attested one, region and spare bits equal or not asked for.
    function covers(uint32 attested, uint32 wanted) internal pure returns (bool) {
        return wanted >> 24 == attested >> 24 && (wanted >> 20) & 0xf <= (attested >> 20) & 0xf
            && anyOrEqual((wanted >> 12) & 0xff, (attested >> 12) & 0xff) && anyOrEqual(wanted & 0xfff, attested & 0xfff);
    }

    function anyOrEqual(uint32 wanted, uint32 attested) private pure returns (bool) {
        return wanted == 0 || wanted == attested;
    }

    function checkTerms(DeviceRecord storage record, uint16 tick, uint16 lanes) private view {
        if (tick > PriceLib.MAX_TICK) revert IMarketErrors.BidTickTooHigh(tick, uint16(PriceLib.MAX_TICK));
        if (lanes > record.lanes) revert IMarketErrors.BidLanes(lanes, record.lanes);
    }

    /// @return valid minutes after genesis, rounded down
    function checkValidity(DeviceRecord storage record, uint256 genesisTime, uint40 validUntil) private view returns (uint256 valid) {
        uint40 latest = record.expiresAt;
        if (validUntil > latest || validUntil <= block.timestamp) {
            revert IMarketErrors.BidValidity(validUntil, uint40(block.timestamp), latest);
        }
        valid = (validUntil - genesisTime) / MINUTE;
        if (valid > DeviceWordLib.MAX_MINUTES || genesisTime + valid * MINUTE < block.timestamp) {
            revert IMarketErrors.BidValidity(validUntil, uint40(block.timestamp), latest);
        }
    }

    function view_(MarketState storage self, uint256 genesisTime, uint32 device) internal view returns (Bid memory bid) {
        DeviceRecord storage record = self.devices[device];
        DeviceWord word = record.word;
        bid.device = device;
        bid.lanes = uint16(word.lanes());
        if (bid.lanes == 0) return bid;
        bid.classKey = record.bookKey;
        bid.tick = uint16(word.tick());
        bid.freeLanes = uint16(word.freeLanes());
        bid.validUntil = validUntilOf(word, genesisTime);
        bid.verdictMask = uint8(word.verdictMask());
        bid.scorePerLane = uint16(word.score());
        bid.memoryMiB = uint16(word.memoryMiB());
        bid.linked = word.linked();
        bid.activeAt = record.pendingFrom;
        if (bid.activeAt != 0) {
            bid.pendingTick = record.pendingTick;
            bid.pendingLanes = record.pendingLanes;
            bid.pendingValidUntil = record.pendingValidUntil;
        }
    }
}
