// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IMarketErrors} from "./IMarketErrors.sol";
import {Lease, Parameters, Terms, Verdict, Work} from "./MarketTypes.sol";
import {OfferWordLib} from "./words/OfferWord.sol";
import {PriceLib} from "./PriceLib.sol";

/// @notice Names of offers and leases, and which terms may be posted.
library TermsLib {
    uint256 internal constant MAX_NAMED = 16;

    /// @notice Content, chain and market make the name: no reorganisation moves a lease onto another offer.
    function offerId(Terms calldata terms) internal view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), terms));
    }

    function leaseKey(Lease memory lease) internal pure returns (bytes32) {
        return keccak256(abi.encode(lease));
    }

    /// @notice Cost of all tasklets at the reserve, the fee on it, and two tips for each of maxLeases.
    function escrowUp(Terms calldata terms, uint256 feeBps) internal pure returns (uint256) {
        uint256 cost = PriceLib.costUp(PriceLib.price(terms.maxTick), terms.mfuel, terms.total);
        return cost + PriceLib.feeUp(cost, feeBps) + tipBudget(terms);
    }

    /// @notice One tip for the match and one for the settlement of each lease.
    function tipBudget(Terms calldata terms) internal pure returns (uint256) {
        return 2 * uint256(terms.maxLeases) * terms.tip;
    }

    /// @notice The most that open leases of `outstanding` tasklets can still cost.
    function needUp(Terms calldata terms, uint256 outstanding, uint256 tipsPaid, uint256 feeBps) internal pure returns (uint256) {
        uint256 cost = PriceLib.costUp(PriceLib.price(terms.maxTick), terms.mfuel, outstanding);
        return cost + PriceLib.feeUp(cost, feeBps) + (2 * uint256(terms.maxLeases) - tipsPaid) * terms.tip;
    }

    /// @notice Tasklets that a lease must have, unless fewer are left.
    function minCount(Terms calldata terms) internal pure returns (uint256) {
        uint256 most = terms.maxLeases;
        return most == 0 ? 1 : (uint256(terms.total) + most - 1) / most;
    }

    /// @notice Reverts unless the terms may be posted now.
    function check(Terms calldata terms, Work calldata work, Parameters memory p) internal view {
        if (msg.sender != terms.consumer) revert IMarketErrors.OfferNotConsumer(terms.consumer, msg.sender);
        if (terms.total == 0 || terms.mfuel == 0) revert IMarketErrors.OfferEmpty();
        if (terms.maxTick > PriceLib.MAX_TICK) revert IMarketErrors.OfferTickTooHigh(terms.maxTick, uint16(PriceLib.MAX_TICK));
        if (terms.deadline < block.timestamp) revert IMarketErrors.OfferDeadline(terms.deadline, block.timestamp);
        if (terms.leaseSeconds == 0 || terms.leaseSeconds > p.maxLeaseSeconds) {
            revert IMarketErrors.OfferLeaseSeconds(terms.leaseSeconds, p.maxLeaseSeconds);
        }
        if (terms.tip != 0 && terms.maxLeases == 0) revert IMarketErrors.OfferTip(terms.tip, terms.maxLeases);
        checkVerdict(terms, p);
        checkDevices(terms);
        bytes32 workHash = keccak256(abi.encode(work));
        if (workHash != terms.work) revert IMarketErrors.OfferWork(terms.work, workHash);
        uint256 escrow = escrowUp(terms, p.feeBps);
        if (escrow > OfferWordLib.MAX_POSTED) revert IMarketErrors.OfferTooLarge(escrow);
    }

    function checkVerdict(Terms calldata terms, Parameters memory p) private pure {
        if (terms.verdict == Verdict.Trusted) {
            if (terms.windowSeconds != 0) revert IMarketErrors.OfferWindow(terms.windowSeconds, 0);
        } else if (terms.verdict == Verdict.Optimistic) {
            if (terms.windowSeconds == 0 || terms.windowSeconds > p.maxWindowSeconds) {
                revert IMarketErrors.OfferWindow(terms.windowSeconds, p.maxWindowSeconds);
            }
            uint256 value = PriceLib.costUp(PriceLib.price(terms.maxTick), terms.mfuel, 1);
            if (value > p.maxLeaseValue) revert IMarketErrors.OfferTaskletValue(value, p.maxLeaseValue);
        } else {
            revert IMarketErrors.OfferVerdict(terms.verdict);
        }
    }

    function checkDevices(Terms calldata terms) private pure {
        uint256 length = terms.devices.length;
        if (length > MAX_NAMED || (length == 0 && terms.verdict == Verdict.Trusted)) revert IMarketErrors.OfferDevices(length);
        uint256 last = 0;
        for (uint256 i = 0; i < length; i++) {
            uint32 device = terms.devices[i];
            if (device <= last) revert IMarketErrors.OfferDevicesUnsorted(device);
            last = device;
        }
    }
}
