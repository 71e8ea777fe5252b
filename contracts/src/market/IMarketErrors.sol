// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {LeaseState} from "./MarketTypes.sol";

/// @notice Every reason for which the market refuses a call. The prefix names the part that refuses.
interface IMarketErrors {
    error AccountInsufficient(address account, uint256 balance, uint256 needed);
    error AccountDepositShort(uint256 expected, uint256 received);
    error AccountZeroAmount();

    error DeviceUnknown(uint32 device);
    error DeviceNotOwner(uint32 device, address caller);
    error DeviceNotOperator(uint32 device, address caller);
    error DeviceZeroOperator();
    error DeviceIsRetired(uint32 device);
    error DeviceBanned(uint32 device);
    error DeviceNotRetired(uint32 device);
    error DeviceStakeTooLow(uint256 stake, uint256 minStake);
    error DeviceStakeTooHigh(uint256 stake, uint256 maxStake);
    error DeviceStakeLocked(uint32 device, uint256 free, uint256 needed);
    error DeviceBusy(uint32 device, uint256 locked);
    error DeviceUnbonding(uint32 device, uint40 releaseAt);
    error DeviceNotCapable(uint32 device, uint32 classKey, uint32 attested);
    error DeviceNotRegistry(address caller);
    error DeviceTooMany();

    error BidNone(uint32 device);
    error BidExists(uint32 device);
    error BidTickTooHigh(uint16 tick, uint16 max);
    error BidLanes(uint16 lanes, uint16 max);
    error BidValidity(uint40 validUntil, uint40 earliest, uint40 latest);
    error BidVerdictMask(uint8 mask);
    error BidCoolingDown(uint32 device, uint40 until);
    error BidNoChange(uint32 device);
    error BidFirm(uint32 device, uint40 activeAt);

    error OfferNotConsumer(address consumer, address caller);
    error OfferNonce(uint64 nonce, uint64 next);
    error OfferEmpty();
    error OfferTickTooHigh(uint16 tick, uint16 max);
    error OfferDeadline(uint40 deadline, uint256 nowSeconds);
    error OfferLeaseSeconds(uint32 leaseSeconds, uint32 max);
    error OfferWindow(uint32 windowSeconds, uint32 max);
    error OfferVerdict(uint8 verdict);
    error OfferDevices(uint256 count);
    error OfferDevicesUnsorted(uint32 device);
    error OfferTip(uint32 tip, uint16 maxLeases);
    error OfferScope(bytes32 expected, bytes32 actual);
    error OfferTooLarge(uint256 escrow);
    error OfferTaskletValue(uint256 value, uint256 max);
    error OfferFuel(uint32 mfuel, uint32 max);
    /// @notice An optimistic offer's work names no program: nobody could prove a result wrong.
    error OfferProgram();
    error OfferUnknown(bytes32 offer);
    error OfferCancelledAlready(bytes32 offer);
    error OfferNoMatch(bytes32 offer);
    error OfferStillOpen(bytes32 offer, uint32 outstanding, uint40 deadline);

    error LeaseUnknown(bytes32 lease);
    error LeaseWrongState(bytes32 lease, LeaseState state);
    error LeaseLate(bytes32 lease, uint40 expired);
    error LeaseNotExpired(bytes32 lease, uint40 expires);
    error LeaseWindowOpen(bytes32 lease, uint40 finalAt);
    error LeaseWindowOver(bytes32 lease, uint40 finalAt);
    error LeaseZeroRoot(bytes32 lease);
    error LeaseAcceptance(bytes32 lease, address consumer);
    error LeaseVoid(bytes32 lease, uint32 device);
    error LeaseNotVoid(bytes32 lease, uint32 device);
    error LeaseNone();
    /// @notice A device is summoned once for a lease.
    error LeaseSummoned(bytes32 lease);
    error LeaseNotSummoned(bytes32 lease);

    error DemandOpen(bytes32 lease);
    error DemandNone(bytes32 lease);
    error DemandNotConsumer(address consumer, address caller);
    error DemandRange(uint32 index);
    error DemandMismatch(bytes32 lease);
    error DemandUnanswerable(bytes32 lease, uint40 until);
    error DemandTooLate(bytes32 lease, uint40 until);

    error VerdictNotModule(address caller);
    error VerdictPending(bytes32 lease, uint40 until);
    error VerdictParameters();
}
