// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Lease} from "./words/Lease.sol";
import {CostWord, LimitsWord, RuleWord} from "./words/TermsWords.sol";

/// @notice How a committed result becomes payable. Zero is refused, so a forgotten value never pays.
enum Verdict {
    Unspecified,
    Trusted, // pays at commit; only devices that the offer names
    Optimistic // pays after a challenge window, or when the consumer accepts
}

/// @notice Where a lease stands. Terminal states may read as None after settlement: events are the record.
enum LeaseState {
    None,
    Leased, // the device runs it; time = due
    Committed, // a result root is bound; time = the end of the window
    Settled,
    Expired,
    Declined,
    Disputed, // the verdict module judges; time = the last second it may, which is the window's end and disputeSeconds
    Voided // fell with its device, or was proven wrong
}

/// @notice What is run: content that the market never interprets, only hashes and announces.
struct Work {
    bytes32 module; // byte-tree root of the wasm as the consumer wrote it; each device canonicalises it itself
    bytes32 program; // root of the step machine's program that it lowers to (docs/machine.md); zero only where nothing is disputed
    bytes32 manifest; // byte-tree root of the manifest, one 128-byte record per tasklet
    LimitsWord limits;
}

/// @notice An offer: run so many tasklets at no more than the reserve price. Travels as calldata; the market keeps its hash.
struct Terms {
    CostWord cost;
    RuleWord rules;
    bytes32 scope; // Scope's hash: what to run, and where
}

/// @notice What an offer runs, and where it may. Only posting and matching need it; everything later is content with its hash.
struct Scope {
    uint32 classKey; // book it draws from
    bytes32 work; // keccak256(abi.encode(Work))
    uint32[] devices; // empty: anyone in the class; else at most 16, ascending, and only they may run it
}

/// @notice One lease and the offer it belongs to.
struct Claim {
    Terms terms;
    Lease lease;
}

/// @notice One result handed in.
struct Commitment {
    Terms terms;
    Lease lease;
    bytes32 resultRoot; // byte-tree root of the result list
}

/// @notice Every number that the deployment fixes. There is no administrator: none of them changes.
struct Parameters {
    uint64 minStake; // base units; always at stake, never backs a bond
    uint64 demandDeposit; // base units, to whoever answers a demand
    uint64 maxLeaseValue; // base units at the reserve; caps what one lie can gain against minStake
    uint32 unbondSeconds; // from retire to release
    uint32 firmSeconds; // from announceBid to activateBid
    uint32 graceSeconds; // from due to expiry; pay falls linearly to zero in it
    uint32 cooldownSeconds; // no new bid after an expired lease
    uint32 maxLeaseSeconds;
    uint32 maxWindowSeconds;
    uint32 maxMfuel; // fuel limit of an optimistic offer's tasklets, in Mfuel: longer runs could not be judged in time
    uint32 demandSeconds; // to answer a demand
    uint32 summonsSeconds; // to appear when summoned
    uint16 declineBps; // of the bond, paid by a device that declines
    uint16 expireBps; // of the bond, paid by a device that lets a lease expire
    uint16 feeBps; // of the pay, on top of it, by the consumer
    uint16 maxFills; // leases made by one call
    uint16 lookAhead; // rejected bids that one pricing round reads
    address feeRecipient;
    address verdictModule; // judges disputes of optimistic leases; zero: none
}

/// @notice What a device was declared or attested to be.
struct Capability {
    uint32 classKey; // kind << 24 | level << 20 | region << 12 | spare
    uint16 scorePerLane; // Mfuel per second
    uint16 memoryMiB; // per lane
    uint16 lanes; // tasklets at once
    uint40 expiresAt; // unix seconds
}

/// @notice A device as the market knows it. Zero owner: no such device.
struct Device {
    address owner; // money; may stay offline
    address operator; // bids and results
    uint64 stake; // base units, bonds and winnings included
    uint64 locked; // base units, bonds of open leases
    uint40 releaseAt; // unix seconds; 0 unless retired
    uint40 cooldownUntil; // unix seconds
    bool banned; // proven wrong: runs nothing any more, its open leases are void
    Capability capability;
}

/// @notice A device's standing price. Zero lanes: no bid.
struct Bid {
    uint32 device;
    uint32 classKey; // of the book it stands in
    uint16 tick;
    uint16 lanes;
    uint16 freeLanes;
    uint40 validUntil; // unix seconds, rounded down to minutes after genesis
    uint8 verdictMask; // bit v: runs offers of Verdict v
    uint16 scorePerLane;
    uint16 memoryMiB;
    bool linked; // stands in the book now; a full device is unlinked when a matcher passes it
    uint16 pendingTick;
    uint16 pendingLanes; // 0 with a pending change: withdrawal
    uint40 pendingValidUntil;
    uint40 activeAt; // unix seconds from which activateBid applies the pending change; 0: none
}

/// @notice An offer that is stored. An offer that one lease fills is not: its escrow follows from its terms.
struct Offer {
    bool exists;
    bool cancelled;
    uint128 escrow; // base units
    uint32 next; // tasklets ever leased are [0, next)
    uint32 settled; // tasklets paid
    uint32 outstanding; // tasklets in open leases
    uint32 freedRanges; // ranges that failed and wait for a new lease
    uint32 tips; // tips paid
}

/// @notice A lease as stored.
struct LeaseStatus {
    LeaseState state;
    uint40 time; // unix seconds: due, end of window, or end of dispute
    uint8 late; // 1/255 of the pay lost to lateness
    bool demanded; // a demand is open
    bytes32 resultRoot; // the first 200 bits, the rest zero
}

/// @notice Why a bid left its book.
enum BidRemoval {
    Withdrawn,
    Retired,
    Incapable, // its capability no longer covers it
    Expired, // its time ran out and a matcher passed it
    Faulted, // it let a lease expire or was proven wrong
    Declined // it declined a lease
}

/// @notice Why a bid of the right book cannot serve an offer.
enum Exclusion {
    None,
    Expired, // bid or capability ran out
    Full, // no free lane
    TooSlow, // below minScore, or no tasklet ends before the lease is due
    TooLittleMemory,
    Verdict, // does not run this kind of verdict
    TooLittleStake, // free stake covers no bond
    TooSmall, // cannot take the least lease that maxLeases allows
    TooExpensive, // above the reserve
    WrongClass, // a named device that bids in another book, or nowhere
    Leasing // a named device that may not lease: retired or banned
}

/// @notice One lease that a match would make.
struct Fill {
    uint32 device;
    uint32 count;
    uint16 tick; // the device's own bid
    uint64 unitPrice; // what it is paid, 2^-32 base units per Mfuel
    uint128 pay; // base units
}

/// @notice What matchOffer would do now.
struct Quote {
    uint32 tasklets; // that find a device
    uint16 marginalTick; // of the dearest winner
    uint128 pay; // base units to devices
    uint128 fee; // base units on top
    uint128 escrow; // base units the offer takes at posting
    Fill[] fills;
    uint32[11] excluded; // devices per Exclusion
}

/// @notice A request for one record, or a piece of one output, of a committed lease to be put on the chain.
struct Demand {
    uint32 index; // tasklet of the lease's offer
    bool output; // false: the 128-byte record; true: output bytes
    uint32 firstLeaf; // of the output, in 128-byte leaves
    uint8 leaves; // at most 32 (4 KiB)
}
