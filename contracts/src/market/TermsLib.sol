// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {IMarketErrors} from "./IMarketErrors.sol";
import {Parameters, Scope, Terms, Verdict} from "./MarketTypes.sol";
import {Lease} from "./words/Lease.sol";
import {OfferWordLib} from "./words/OfferWord.sol";
import {CostWord, RuleWord} from "./words/TermsWords.sol";
import {PriceLib} from "./PriceLib.sol";

/// @notice Names of offers and leases, and which terms may be posted.
library TermsLib {
    uint256 internal constant MAX_NAMED = 16;

    /// @notice Content, chain and market make the name: no reorganisation moves a lease onto another offer.
    function offerId(Terms memory terms) internal view returns (bytes32) {
        return offerIdAt(address(this), terms);
    }

    function offerIdAt(address market, Terms memory terms) internal view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, market, terms.cost, terms.rules, terms.scope));
    }

    function leaseKey(bytes32 offer, Lease lease) internal pure returns (bytes32) {
        return Hashes.efficientKeccak256(offer, bytes32(Lease.unwrap(lease)));
    }

    /// @notice Hash of a Scope, as the terms carry it.
    function scopeHash(uint32 classKey, bytes32 work, uint32[] calldata devices) internal pure returns (bytes32) {
        return keccak256(abi.encode(classKey, work, devices));
    }

    /// @notice Reverts unless `scope` is the one that the terms carry.
    function requireScope(Terms memory terms, Scope calldata scope) internal pure {
        bytes32 hash = scopeHash(scope.classKey, scope.work, scope.devices);
        if (hash != terms.scope) revert IMarketErrors.OfferScope(terms.scope, hash);
    }

    /// @notice Cost of all tasklets at the reserve, the fee on it, and two tips for each of maxLeases.
    function escrowUp(Terms memory terms, uint256 feeBps) internal pure returns (uint256) {
        return costUp(terms, terms.cost.total(), feeBps) + tipBudget(terms);
    }

    /// @notice One tip for the match and one for the settlement of each lease.
    function tipBudget(Terms memory terms) internal pure returns (uint256) {
        return mostTips(terms) * terms.rules.tip();
    }

    function mostTips(Terms memory terms) internal pure returns (uint256) {
        return 2 * terms.rules.maxLeases();
    }

    /// @notice The most that open leases of `outstanding` tasklets can still cost.
    function needUp(Terms memory terms, uint256 outstanding, uint256 tipsPaid, uint256 feeBps) internal pure returns (uint256) {
        return costUp(terms, outstanding, feeBps) + (mostTips(terms) - tipsPaid) * terms.rules.tip();
    }

    function costUp(Terms memory terms, uint256 tasklets, uint256 feeBps) private pure returns (uint256) {
        uint256 cost = PriceLib.costUp(PriceLib.price(terms.cost.maxTick()), terms.cost.mfuel(), tasklets);
        return cost + PriceLib.feeUp(cost, feeBps);
    }

    /// @notice Bond of `count` tasklets.
    function bondUp(Terms memory terms, uint256 count) internal pure returns (uint256) {
        CostWord cost = terms.cost;
        return PriceLib.bondUp(cost.maxTick(), cost.mfuel(), count, cost.bondBps());
    }

    /// @notice Tasklets that a lease must have, unless fewer are left.
    function minCount(Terms memory terms) internal pure returns (uint256) {
        uint256 most = terms.rules.maxLeases();
        return most == 0 ? 1 : (terms.cost.total() + most - 1) / most;
    }

    /// @notice Reverts unless the terms may be posted now, by the caller.
    function check(Terms memory terms, bytes32 program, uint32[] calldata devices, Parameters memory p) internal view {
        (CostWord cost, RuleWord rules) = (terms.cost, terms.rules);
        if (msg.sender != cost.consumer()) revert IMarketErrors.OfferNotConsumer(cost.consumer(), msg.sender);
        if (cost.total() == 0 || cost.mfuel() == 0) revert IMarketErrors.OfferEmpty();
        if (cost.maxTick() > PriceLib.MAX_TICK) revert IMarketErrors.OfferTickTooHigh(uint16(cost.maxTick()), uint16(PriceLib.MAX_TICK));
        if (rules.deadline() < block.timestamp) revert IMarketErrors.OfferDeadline(uint40(rules.deadline()), block.timestamp);
        if (rules.leaseSeconds() == 0 || rules.leaseSeconds() > p.maxLeaseSeconds) {
            revert IMarketErrors.OfferLeaseSeconds(uint32(rules.leaseSeconds()), p.maxLeaseSeconds);
        }
        if (rules.tip() != 0 && rules.maxLeases() == 0) revert IMarketErrors.OfferTip(uint32(rules.tip()), 0);
        checkVerdict(terms, program, p);
        checkDevices(rules, devices);
    }

    /// @notice Reverts if an offer of this size cannot be kept in its word.
    function checkEscrow(uint256 escrow) internal pure {
        if (escrow > OfferWordLib.MAX_POSTED) revert IMarketErrors.OfferTooLarge(escrow);
    }

    function checkVerdict(Terms memory terms, bytes32 program, Parameters memory p) private pure {
        (uint256 verdict, uint256 window) = (terms.rules.verdict(), terms.rules.windowSeconds());
        if (verdict == uint8(Verdict.Trusted)) {
            if (window != 0) revert IMarketErrors.OfferWindow(uint32(window), 0);
        } else if (verdict == uint8(Verdict.Optimistic)) {
            if (window == 0 || window > p.maxWindowSeconds) revert IMarketErrors.OfferWindow(uint32(window), p.maxWindowSeconds);
            uint256 value = PriceLib.costUp(PriceLib.price(terms.cost.maxTick()), terms.cost.mfuel(), 1);
            if (value > p.maxLeaseValue) revert IMarketErrors.OfferTaskletValue(value, p.maxLeaseValue);
            if (terms.cost.mfuel() > p.maxMfuel) revert IMarketErrors.OfferFuel(uint32(terms.cost.mfuel()), p.maxMfuel);
            if (program == 0) revert IMarketErrors.OfferProgram();
        } else {
            revert IMarketErrors.OfferVerdict(uint8(verdict));
        }
    }

    function checkDevices(RuleWord rules, uint32[] calldata devices) private pure {
        uint256 length = devices.length;
        if (length > MAX_NAMED || (length == 0 && rules.verdict() == uint8(Verdict.Trusted))) {
            revert IMarketErrors.OfferDevices(length);
        }
        uint256 last = 0;
        for (uint256 i = 0; i < length; i++) {
            uint32 device = devices[i];
            if (device <= last) revert IMarketErrors.OfferDevicesUnsorted(device);
            last = device;
        }
    }
}
