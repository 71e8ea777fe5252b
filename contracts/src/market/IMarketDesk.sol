// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {BidRemoval, Capability} from "./MarketTypes.sol";

/// @notice Money, devices and bids.
interface IMarketDesk {
    // ------------------------------------------------------------- money

    /// @notice `amount` came in and is credit of `account`.
    event Deposited(address indexed account, uint128 amount);
    /// @notice `amount` of `account`'s credit went out.
    event Withdrawn(address indexed account, uint128 amount);

    /// @notice Takes `amount` from the caller, who approved it, into its credit.
    function deposit(uint128 amount) external;

    /// @notice As `deposit`, with an EIP-2612 signature instead of an approval.
    function depositWithPermit(uint128 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;

    /// @notice Sends `amount` of the caller's credit to the caller.
    function withdraw(uint128 amount) external;

    // ----------------------------------------------------------- devices

    /// @notice A device joined. Its first endpoint is announced here.
    event DeviceRegistered(
        uint32 indexed device, address indexed owner, address indexed operator, uint64 stake, string endpoint, bytes32 transportKey
    );
    /// @notice Peers reach the device at `endpoint` and know it by `transportKey`.
    event EndpointSet(uint32 indexed device, string endpoint, bytes32 transportKey);
    event OperatorSet(uint32 indexed device, address indexed operator);
    /// @notice The stake was changed by its owner to `stake`; changes by leases are in their own events.
    event StakeChanged(uint32 indexed device, uint64 stake);
    event CapabilitySet(uint32 indexed device, Capability capability);
    /// @notice The device takes no more leases; its stake can be released from `releaseAt`.
    event DeviceRetired(uint32 indexed device, uint40 releaseAt);
    /// @notice All that was left, `amount`, became its owner's credit.
    event DeviceReleased(uint32 indexed device, uint64 amount);
    /// @notice The device lost `amount` of stake for something proven; `finder` was paid a part, the rest is burned or the consumer's.
    event DeviceSlashed(uint32 indexed device, uint64 amount, address indexed finder, bytes32 reason);

    /// @notice Registers a device of the caller with stake from the caller's credit. Bonds come from stake above minStake.
    /// @return device its id, counted from 1
    function registerDevice(address operator, uint64 stake, string calldata endpoint, bytes32 transportKey)
        external
        returns (uint32 device);

    /// @notice Operator: announces where the device is reached.
    function setEndpoint(uint32 device, string calldata endpoint, bytes32 transportKey) external;

    /// @notice Owner: replaces the operator key.
    function setOperator(uint32 device, address operator) external;

    /// @notice Anyone: moves `amount` of the caller's credit to the device's stake.
    function addStake(uint32 device, uint64 amount) external;

    /// @notice Owner: moves free stake above minStake to its credit, winnings included, at once.
    function unstake(uint32 device, uint64 amount) external;

    /// @notice Owner: takes the device out of the book at once and starts unbonding.
    function retire(uint32 device) external;

    /// @notice Owner, after unbonding and with no open lease: all stake becomes its credit.
    function release(uint32 device) external;

    /// @notice Registry only: what the device is from now on. A bid that it no longer covers is delisted.
    function setCapability(uint32 device, Capability calldata capability) external;

    /// @notice Registry only: takes up to `amount` of unlocked stake of a device that signed contradictions, bans it, pays half to
    /// `finder` and burns half.
    function punish(uint32 device, uint64 amount, address finder) external;

    // -------------------------------------------------------------- book

    event BidPlaced(
        uint32 indexed device, uint32 indexed classKey, uint16 tick, uint16 lanes, uint40 validUntil, uint8 verdictMask
    );
    /// @notice The change takes effect when someone calls activateBid from `activeAt`. Zero lanes: withdrawal.
    event BidAnnounced(uint32 indexed device, uint16 tick, uint16 lanes, uint40 validUntil, uint40 activeAt);
    event BidExtended(uint32 indexed device, uint40 validUntil);
    event BidRemoved(uint32 indexed device, BidRemoval reason);

    /// @notice Operator: lists a device that has no bid, effective at once. One bid per device, in one book.
    /// @param classKey book; kind as attested, level at most the attested one, region attested or 0
    /// @param tick price per Mfuel as `price(tick)`
    /// @param lanes tasklets that the device runs at once for the market
    /// @param validUntil at most the capability's expiry
    /// @param verdictMask bit v: takes offers of Verdict v
    function placeBid(uint32 device, uint32 classKey, uint16 tick, uint16 lanes, uint40 validUntil, uint8 verdictMask) external;

    /// @notice Operator: announces a change, or with zero lanes the end, of its bid; it applies firmSeconds later through activateBid,
    /// so no price moves in front of an offer that is already visible.
    function announceBid(uint32 device, uint16 tick, uint16 lanes, uint40 validUntil) external;

    /// @notice Anyone: applies an announced change that is due.
    function activateBid(uint32 device) external;

    /// @notice Operator: lets the bid stand longer. Nothing else changes, so it is effective at once.
    function extendBid(uint32 device, uint40 validUntil) external;

    /// @notice Anyone: delists a bid that has expired.
    function pruneBid(uint32 device) external;
}
