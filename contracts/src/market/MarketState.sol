// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {DeviceWord} from "./words/DeviceWord.sol";
import {FreedRange, OfferWord} from "./words/OfferWord.sol";
import {LeaseWord} from "./words/LeaseWord.sol";

/// @notice A device. Only the word is touched by matching, committing and settling.
struct DeviceRecord {
    DeviceWord word; // slot 0
    address owner; // slot 1
    uint32 bookKey; // slot 1, class of the book that the bid stands in
    uint40 releaseAt; // slot 1, unix seconds; 0 unless retired
    address operator; // slot 2
    uint40 cooldownUntil; // slot 2, unix seconds
    uint40 pendingFrom; // slot 2, unix seconds from which the announced change applies; 0: none
    uint16 declineDay; // slot 2, days after 1970 of the newest free decline, modulo 4,096, and how many that day
    uint32 classKey; // slot 3, as attested
    uint16 score; // slot 3, Mfuel per second and lane
    uint16 memoryMiB; // slot 3, per lane
    uint16 lanes; // slot 3
    uint40 expiresAt; // slot 3, unix seconds
    uint16 pendingTick; // slot 3
    uint16 pendingLanes; // slot 3, 0: withdrawal
    uint40 pendingValidUntil; // slot 3, unix seconds
}

/// @notice The bids of one class: a bitmap of ticks and a first-in first-out list per tick.
struct Book {
    uint256 top; // bit w: ticks[w] is not zero | lowest tick 11 << 8 | its first device 24 << 32
    uint256[8] ticks; // bit t % 256 of word t / 256: a bid stands at tick t
    mapping(uint256 quarter => uint256) levels; // tick / 4; per tick head 32 | tail 32 (device ids)
}

/// @notice An open demand and its deposit.
struct DemandRecord {
    address by; // slot 0
    uint64 deposit; // slot 0, base units
    uint40 until; // slot 1, unix seconds
    uint32 index; // slot 1
    bool output; // slot 1
    uint32 firstLeaf; // slot 1
    uint8 leaves; // slot 1
}

/// @notice All storage of the market. Keys of offers and leases are hashes of their content.
struct MarketState {
    mapping(address account => uint256) accounts; // credit 128 (base units) | next nonce 64
    mapping(uint256 device => DeviceRecord) devices;
    mapping(uint256 device => mapping(address operator => bool)) pastOperators;
    mapping(uint256 classKey => Book) books;
    mapping(bytes32 offerId => OfferWord) offers;
    mapping(bytes32 offerId => mapping(uint256 index => FreedRange)) freed;
    mapping(bytes32 leaseKey => LeaseWord) leases;
    mapping(bytes32 leaseKey => DemandRecord) demands;
    uint32 deviceCount;
}
