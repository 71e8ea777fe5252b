// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {BidLib} from "./BidLib.sol";
import {DeviceLib} from "./DeviceLib.sol";
import {IMarketErrors} from "./IMarketErrors.sol";
import {IMarketLeases} from "./IMarketLeases.sol";
import {LedgerLib} from "./LedgerLib.sol";
import {DeviceRecord, MarketState} from "./MarketState.sol";
import {Lease, LeaseState, Terms} from "./MarketTypes.sol";
import {OfferLib} from "./OfferLib.sol";
import {PriceLib} from "./PriceLib.sol";
import {TermsLib} from "./TermsLib.sol";
import {DeviceWord} from "./words/DeviceWord.sol";
import {LeaseWord, LeaseWordLib} from "./words/LeaseWord.sol";

/// @notice A lease in hand: its names and its word, as loaded.
struct Opened {
    bytes32 offerId;
    bytes32 key;
    LeaseWord word;
}

/// @notice How settlement shares the pay.
struct Fees {
    uint16 feeBps;
    address recipient;
}

/// @notice The life of a lease after the match:
/// Leased -> Committed -> Settled; Leased -> Expired | Declined; Committed -> Disputed -> Committed | Voided; any open -> Voided.
/// Kept: a lease is paid at most once and only from Committed (or at commit, if trusted); whatever leaves Leased or Committed
/// gives back exactly the bond it locked; lanes are held from lease to commit. A lease that ended has a zero word: its key never
/// comes again, because nonces of offers, and attempts of ranges, only grow.
library LeaseLib {
    using BidLib for MarketState;
    using DeviceLib for MarketState;
    using LedgerLib for MarketState;
    using OfferLib for MarketState;

    /// @notice Loads a lease of the offer that `terms` name.
    function open(MarketState storage self, Terms calldata terms, Lease calldata lease) internal view returns (Opened memory opened) {
        return openOf(self, TermsLib.offerId(terms), lease);
    }

    function openOf(MarketState storage self, bytes32 offerId, Lease calldata lease) internal view returns (Opened memory opened) {
        opened.offerId = offerId;
        if (lease.offer != offerId) revert IMarketErrors.LeaseWrongOffer(offerId, lease.offer);
        opened.key = TermsLib.leaseKey(lease);
        opened.word = self.leases[opened.key];
        if (LeaseWord.unwrap(opened.word) == 0) revert IMarketErrors.LeaseUnknown(opened.key);
    }

    function requireState(Opened memory opened, LeaseState state) internal pure {
        if (opened.word.state() != state) revert IMarketErrors.LeaseWrongState(opened.key, opened.word.state());
    }

    /// @notice Binds a result by the device's operator and frees the lanes.
    function commit(MarketState storage self, uint32 graceSeconds, Terms calldata terms, Lease calldata lease, bytes32 resultRoot)
        internal
        returns (Opened memory opened)
    {
        opened = open(self, terms, lease);
        requireState(opened, LeaseState.Leased);
        DeviceRecord storage record = self.devices[lease.device];
        if (record.operator != msg.sender) revert IMarketErrors.DeviceNotOperator(lease.device, msg.sender);
        if (record.word.banned()) revert IMarketErrors.LeaseVoid(opened.key, lease.device);
        if (resultRoot == 0) revert IMarketErrors.LeaseZeroRoot(opened.key);
        uint256 late = lateness(opened, graceSeconds);

        releaseLanes(self, lease.device, opened.word.lanes());
        uint40 finalAt = uint40(block.timestamp + terms.windowSeconds);
        opened.word = LeaseWordLib.committed(finalAt, late, resultRoot);
        emit IMarketLeases.Committed(opened.key, opened.offerId, resultRoot, finalAt);
    }

    /// @notice Pays a committed lease and ends it. `payer` of the tip budget and the tip's receiver are the offer and the caller.
    function settle(
        MarketState storage self,
        Fees memory fees,
        Terms calldata terms,
        Lease calldata lease,
        Opened memory opened,
        bool accepted
    ) internal {
        DeviceRecord storage record = self.devices[lease.device];
        DeviceWord word = record.word;
        if (word.banned()) revert IMarketErrors.LeaseVoid(opened.key, lease.device);
        uint256 pay = PriceLib.costDown(lease.unitPrice, terms.mfuel, lease.count);
        pay = pay * (LeaseWordLib.LATE_UNIT - opened.word.late()) / LeaseWordLib.LATE_UNIT;
        uint256 fee = PriceLib.feeDown(pay, fees.feeBps);
        // The caller that gains by the call anyway is no keeper.
        bool tipped = terms.tip != 0 && !accepted && msg.sender != record.operator && msg.sender != record.owner;

        self.leases[opened.key] = LeaseWord.wrap(0);
        record.word = word.subLocked(bondOf(terms, lease));
        self.addWinnings(lease.device, pay);
        self.credit(fees.recipient, fee);
        emit IMarketLeases.Settled(opened.key, opened.offerId, lease.device, uint128(pay), accepted);
        self.paid(terms, opened.offerId, fees.feeBps, lease.count, pay + fee, tipped);
    }

    /// @notice Ends an open lease that brings no result: unlocks its bond less `penalty`, which goes to the offer's escrow, and
    /// frees its range. If `liable`, the device also answers for what the range costs more in a new lease, as far as its bond goes.
    function fail(
        MarketState storage self,
        uint16 feeBps,
        Terms calldata terms,
        Lease calldata lease,
        Opened memory opened,
        uint256 penalty,
        bool liable
    ) internal {
        LeaseWord word = opened.word;
        self.leases[opened.key] = LeaseWord.wrap(0);
        if (word.state() == LeaseState.Leased) releaseLanes(self, lease.device, word.lanes());
        uint256 bond = bondOf(terms, lease);
        uint256 held = self.freeRange(terms, opened.offerId, feeBps, lease, penalty, liable ? bond - penalty : 0);
        DeviceRecord storage record = self.devices[lease.device];
        record.word = record.word.subLocked(bond).withStake(record.word.stake() - penalty - held);
    }

    /// @notice Part of a lease's bond, but never less than two tips (one for who ends it, one for who leases it anew), nor more
    /// than the bond.
    function penaltyOf(Terms calldata terms, Lease calldata lease, uint256 bps) internal pure returns (uint256 penalty) {
        uint256 bond = bondOf(terms, lease);
        penalty = bond * bps / PriceLib.BPS;
        uint256 least = 2 * uint256(terms.tip);
        if (penalty < least) penalty = least < bond ? least : bond;
    }

    function bondOf(Terms calldata terms, Lease calldata lease) internal pure returns (uint256) {
        return PriceLib.bondUp(terms.maxTick, terms.mfuel, lease.count, terms.bondBps);
    }

    /// @notice Share of the pay lost, in 1/255: zero when due, all of it at the end of grace, rounded up.
    function lateness(Opened memory opened, uint32 graceSeconds) private view returns (uint256) {
        uint256 due = opened.word.time();
        if (block.timestamp <= due) return 0;
        uint256 late = block.timestamp - due;
        if (late > graceSeconds) revert IMarketErrors.LeaseLate(opened.key, uint40(due + graceSeconds));
        return (late * LeaseWordLib.LATE_UNIT + graceSeconds - 1) / graceSeconds;
    }

    function releaseLanes(MarketState storage self, uint32 device, uint256 lanes) private {
        DeviceRecord storage record = self.devices[device];
        DeviceWord word = record.word.subTaken(lanes);
        record.word = word;
        if (word.lanes() != 0) self.relink(device, record);
    }
}
