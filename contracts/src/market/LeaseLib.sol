// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {BidLib} from "./BidLib.sol";
import {DeviceLib} from "./DeviceLib.sol";
import {IMarketErrors} from "./IMarketErrors.sol";
import {IMarketLeases} from "./IMarketLeases.sol";
import {LedgerLib} from "./LedgerLib.sol";
import {DeviceRecord, MarketState} from "./MarketState.sol";
import {LeaseState, Terms} from "./MarketTypes.sol";
import {OfferLib} from "./OfferLib.sol";
import {PriceLib} from "./PriceLib.sol";
import {TermsLib} from "./TermsLib.sol";
import {Lease} from "./words/Lease.sol";
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
/// Kept (invariant 5): a lease is paid at most once and only from Committed (or at commit, if trusted); whatever leaves Leased or Committed
/// gives back exactly the bond it locked; lanes are held from lease to commit. A lease that ended has a zero word, or if it was
/// paid and its offer keeps results, a Settled one that nothing changes any more: its key never comes again, because nonces of
/// offers, and attempts of ranges, only grow.
library LeaseLib {
    using BidLib for MarketState;
    using DeviceLib for MarketState;
    using LedgerLib for MarketState;
    using OfferLib for MarketState;

    /// @notice Loads a lease of the offer that `terms` name.
    function open(MarketState storage self, Terms memory terms, Lease lease) internal view returns (Opened memory opened) {
        return openOf(self, TermsLib.offerId(terms), lease);
    }

    function openOf(MarketState storage self, bytes32 offerId, Lease lease) internal view returns (Opened memory opened) {
        opened.offerId = offerId;
        opened.key = TermsLib.leaseKey(offerId, lease);
        opened.word = self.leases[opened.key];
        if (LeaseWord.unwrap(opened.word) == 0) revert IMarketErrors.LeaseUnknown(opened.key);
    }

    function requireState(Opened memory opened, LeaseState state) internal pure {
        if (opened.word.state() != state) revert IMarketErrors.LeaseWrongState(opened.key, opened.word.state());
    }

    /// @notice Binds a result by the device's operator and frees the lanes. The lease's word is the caller's to write.
    function commit(MarketState storage self, uint256 graceSeconds, Terms memory terms, Lease lease, bytes32 resultRoot)
        internal
        returns (Opened memory opened)
    {
        opened = open(self, terms, lease);
        requireState(opened, LeaseState.Leased);
        uint32 device = lease.device();
        DeviceRecord storage record = self.devices[device];
        if (record.operator != msg.sender) revert IMarketErrors.DeviceNotOperator(device, msg.sender);
        DeviceWord word = record.word;
        if (word.banned()) revert IMarketErrors.LeaseVoid(opened.key, device);
        if (resultRoot == 0) revert IMarketErrors.LeaseZeroRoot(opened.key);
        uint256 late = lateness(opened, graceSeconds);

        releaseLanes(self, device, record, word.subTaken(opened.word.lanes()));
        uint256 finalAt = block.timestamp + terms.rules.windowSeconds();
        opened.word = opened.word.withResult(finalAt, late, resultRoot);
        emit IMarketLeases.Committed(opened.key, opened.offerId, resultRoot, uint40(finalAt));
    }

    /// @notice Pays a committed lease and ends it. `payer` of the tip budget and the tip's receiver are the offer and the caller.
    function settle(MarketState storage self, Fees memory fees, Terms memory terms, Lease lease, Opened memory opened, bool accepted)
        internal
    {
        uint32 device = lease.device();
        DeviceRecord storage record = self.devices[device];
        DeviceWord word = record.word;
        if (word.banned()) revert IMarketErrors.LeaseVoid(opened.key, device);
        uint256 pay = PriceLib.costDown(lease.unitPrice(), terms.cost.mfuel(), lease.count());
        uint256 late = opened.word.late();
        if (late != 0) pay = pay * (LeaseWordLib.LATE_UNIT - late) / LeaseWordLib.LATE_UNIT;
        uint256 fee = PriceLib.feeDown(pay, fees.feeBps);
        // The caller that gains by the call anyway is no keeper.
        bool tipped = !accepted && terms.rules.tip() != 0 && msg.sender != record.operator && msg.sender != record.owner;

        self.leases[opened.key] =
            terms.rules.keepsResults() ? opened.word.withState(LeaseState.Settled, block.timestamp) : LeaseWord.wrap(0);
        word = word.subLocked(TermsLib.bondUp(terms, lease.count()));
        record.word = self.withWinnings(record, word, pay);
        self.credit(fees.recipient, fee);
        emit IMarketLeases.Settled(opened.key, opened.offerId, device, uint128(pay), accepted);
        self.paid(terms, opened.offerId, fees.feeBps, lease.count(), pay + fee, tipped, opened.word.sole());
    }

    /// @notice Ends an open lease that brings no result: unlocks its bond less `penalty`, which goes to the offer's escrow, and
    /// frees its range. If `liable`, the device also answers for what the range costs more in a new lease, as far as its bond goes.
    function fail(
        MarketState storage self,
        uint16 feeBps,
        Terms memory terms,
        Lease lease,
        Opened memory opened,
        uint256 penalty,
        bool liable
    ) internal {
        uint32 device = lease.device();
        DeviceRecord storage record = self.devices[device];
        LeaseWord word = opened.word;
        self.leases[opened.key] = LeaseWord.wrap(0);
        if (word.state() == LeaseState.Leased) releaseLanes(self, device, record, record.word.subTaken(word.lanes()));
        uint256 bond = TermsLib.bondUp(terms, lease.count());
        // A disputed lease is ended by the verdict module, which could never spend a tip: it stays in the escrow.
        bool tipped = word.state() != LeaseState.Disputed;
        uint256 held = self.freeRange(terms, opened.offerId, feeBps, lease, penalty, liable ? bond - penalty : 0, word.sole(), tipped);
        record.word = record.word.subLocked(bond).withStake(record.word.stake() - penalty - held);
    }

    /// @notice Part of a lease's bond, but never less than two tips (one for who ends it, one for who leases it anew), nor more
    /// than the bond.
    function penaltyOf(Terms memory terms, Lease lease, uint256 bps) internal pure returns (uint256 penalty) {
        uint256 bond = TermsLib.bondUp(terms, lease.count());
        penalty = bond * bps / PriceLib.BPS;
        uint256 least = 2 * terms.rules.tip();
        if (penalty < least) penalty = least < bond ? least : bond;
    }

    /// @notice Share of the pay lost, in 1/255: zero when due, all of it at the end of grace, rounded up.
    function lateness(Opened memory opened, uint256 graceSeconds) private view returns (uint256) {
        uint256 due = opened.word.time();
        if (block.timestamp <= due) return 0;
        uint256 late = block.timestamp - due;
        if (late > graceSeconds) revert IMarketErrors.LeaseLate(opened.key, uint40(due + graceSeconds));
        return (late * LeaseWordLib.LATE_UNIT + graceSeconds - 1) / graceSeconds;
    }

    /// @dev `word` is the device's, its lanes given back already; written here, and linked if it has a bid and is not.
    function releaseLanes(MarketState storage self, uint32 device, DeviceRecord storage record, DeviceWord word) private {
        record.word = word;
        if (!word.linked() && word.lanes() != 0) self.relink(device, record);
    }
}
