// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IMarketErrors} from "./IMarketErrors.sol";
import {
    Bid,
    Capability,
    Claim,
    Commitment,
    Demand,
    Device,
    Lease,
    LeaseStatus,
    Offer,
    Parameters,
    Quote,
    Terms,
    Work
} from "./MarketTypes.sol";

/// @title The compute market
/// @notice Holds all funds and pairs offers with devices. Amounts are base units of `asset`; times are unix seconds of block time.
///
/// Money is in exactly one of three places: an account's credit, a device's stake, an offer's escrow. Their sum is the
/// market's token balance, exact unless somebody sends tokens without `deposit`.
/// Every state that holds money has a deadline and a call that anyone may make to leave it. There is no administrator.
interface IComputeMarket is IMarketErrors {
    // ------------------------------------------------------------------ money

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

    // ---------------------------------------------------------------- devices

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

    // ------------------------------------------------------------------- book

    event BidPlaced(
        uint32 indexed device, uint32 indexed classKey, uint16 tick, uint16 lanes, uint40 validUntil, uint8 verdictMask
    );
    /// @notice The change takes effect when someone calls activateBid from `activeAt`. Zero lanes: withdrawal.
    event BidAnnounced(uint32 indexed device, uint16 tick, uint16 lanes, uint40 validUntil, uint40 activeAt);
    event BidExtended(uint32 indexed device, uint40 validUntil);
    event BidRemoved(uint32 indexed device, BidRemoval reason);

    enum BidRemoval {
        Withdrawn,
        Retired,
        Incapable, // its capability no longer covers it
        Expired, // its time ran out and a matcher passed it
        Faulted, // it let a lease expire or was proven wrong
        Declined // it declined a lease
    }

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

    // ----------------------------------------------------------------- offers

    event OfferPosted(bytes32 indexed offerId, address indexed consumer, Terms terms, Work work, uint128 escrow);
    event OfferCancelled(bytes32 indexed offerId, uint128 refund);
    /// @notice Nothing of the offer is left; `refund` became its consumer's credit.
    event OfferClosed(bytes32 indexed offerId, uint128 refund);

    /// @notice Posts an offer of the caller and escrows its cost at the reserve, fee and tips from the caller's credit.
    function postOffer(Terms calldata terms, Work calldata work) external returns (bytes32 offerId);

    /// @notice Posts and matches in one call; an offer that one lease fills is not even stored.
    /// An offer that finds no device stays open.
    function postAndMatch(Terms calldata terms, Work calldata work) external returns (bytes32 offerId, uint32 leases, uint32 tasklets);

    /// @notice Anyone: leases all that is unleased or freed, cheapest devices first, each paid what the work it displaced would have
    /// cost. The round's size is the protocol's: all demand, all eligible bids, or maxFills. Reverts if nothing matches.
    function matchOffer(Terms calldata terms) external returns (uint32 leases, uint32 tasklets);

    /// @notice Consumer: no more leases; what open leases cannot cost is refunded.
    function cancelOffer(Terms calldata terms) external returns (uint128 refund);

    /// @notice Anyone, once nothing is outstanding and the deadline has passed or the offer is cancelled: refunds the rest.
    function closeOffer(Terms calldata terms) external returns (uint128 refund);

    // ----------------------------------------------------------------- leases

    event Leased(
        bytes32 indexed offerId,
        bytes32 indexed leaseKey,
        uint32 indexed device,
        uint32 first,
        uint32 count,
        uint64 unitPrice,
        uint16 attempt,
        uint40 due
    );
    /// @notice A result is bound; it is payable from `finalAt` unless disputed.
    event Committed(bytes32 indexed leaseKey, bytes32 indexed offerId, bytes32 resultRoot, uint40 finalAt);
    /// @notice `paid` was added to the device's stake. `accepted`: by the consumer or by trust, not by the end of a window.
    event Settled(bytes32 indexed leaseKey, bytes32 indexed offerId, uint32 indexed device, uint128 paid, bool accepted);
    /// @notice The device did not commit in time; `penalty` of its stake went to the offer's escrow and the range is free again.
    event Expired(bytes32 indexed leaseKey, bytes32 indexed offerId, uint32 indexed device, uint128 penalty);
    /// @notice The device gave the lease up; `penalty` of its stake went to the offer's escrow and the range is free again.
    event Declined(bytes32 indexed leaseKey, bytes32 indexed offerId, uint32 indexed device, uint128 penalty, uint8 reason);
    /// @notice The lease fell without a penalty of its own, and the range is free again.
    event Voided(bytes32 indexed leaseKey, bytes32 indexed offerId, uint32 indexed device);

    /// @notice Operator: binds the result list's root, up to due + grace. Trusted leases are paid at once.
    function commit(Terms calldata terms, Lease calldata lease, bytes32 resultRoot) external;

    /// @notice Anyone: hands in the operator's result with the consumer's EIP-712 signature of
    /// Acceptance(bytes32 lease,bytes32 resultRoot), and settles at once. The operator must be the caller.
    function commitAccepted(Terms calldata terms, Lease calldata lease, bytes32 resultRoot, bytes calldata acceptance) external;

    /// @notice Operator: commits results and settles earlier leases in one call. A claim that cannot be settled yet reverts.
    function commitMany(Commitment[] calldata commitments, Claim[] calldata claims) external;

    /// @notice Consumer: waives the rest of the window of committed leases of one offer and pays them.
    function accept(Terms calldata terms, Lease[] calldata leases) external;

    /// @notice Anyone, after the window: pays committed leases of one offer.
    function settle(Terms calldata terms, Lease[] calldata leases) external;

    /// @notice Anyone, after due + grace: frees the range of a lease without a result.
    function expire(Terms calldata terms, Lease calldata lease) external;

    /// @notice Operator: gives up an uncommitted lease. Reasons: 1 unavailable input, 2 bad module, 3 too much memory, 4 shutting down, 5 other.
    function decline(Terms calldata terms, Lease calldata lease, uint8 reason) external;

    /// @notice Anyone: frees the range of an open lease of a banned device, or of a dispute whose module fell silent.
    function voidLease(Terms calldata terms, Lease calldata lease) external;

    // ---------------------------------------------------------------- demands

    event Demanded(bytes32 indexed leaseKey, address indexed by, Demand what, uint128 deposit, uint40 until);
    /// @notice `data` is the proven record or output piece; the deposit went to the device's owner.
    event Answered(bytes32 indexed leaseKey, bytes data);
    /// @notice Nobody answered; the lease fell with its bond, and the deposit went back.
    event DemandFailed(bytes32 indexed leaseKey, bytes32 indexed offerId, uint32 indexed device, uint128 penalty);

    /// @notice Before the window ends: asks for a piece of a committed result on the chain, and delays settlement until it is answered.
    /// Anyone may ask for records, only the consumer for output. The deposit comes from the caller's credit and goes to the answerer.
    function demand(Terms calldata terms, Lease calldata lease, Demand calldata what) external;

    /// @notice Anyone: answers with bytes and their byte-tree proofs (siblings from leaf to root).
    function answer(
        Terms calldata terms,
        Lease calldata lease,
        bytes calldata record,
        bytes32[] calldata recordProof,
        bytes calldata output,
        bytes32[] calldata outputProof
    ) external;

    /// @notice Anyone, after demandSeconds without an answer: the lease falls with its bond.
    function failDemand(Terms calldata terms, Lease calldata lease) external;

    // --------------------------------------------------------------- verdicts

    /// @notice `challenger` disputes the result; the module judges until `until`.
    event Disputed(bytes32 indexed leaseKey, bytes32 indexed offerId, address indexed challenger, uint40 until);
    event Resolved(bytes32 indexed leaseKey, bytes32 indexed offerId, bool upheld);

    /// @notice Verdict module only: stops settlement of a committed optimistic lease whose window is open.
    function openDispute(Terms calldata terms, Lease calldata lease, address challenger) external;

    /// @notice Verdict module only: upheld results are payable at once; an overturned one costs the lease's bond and minStake,
    /// half of it burned, 30 % to `finder`, 20 % to the consumer, and its device is banned.
    function resolve(Terms calldata terms, Lease calldata lease, bool upheld, address finder) external;

    // ------------------------------------------------------------------ views

    /// @notice Version of this interface.
    function version() external view returns (uint32);
    /// @notice Differs between any two deployments, on any chain, even at the same address.
    function genesis() external view returns (bytes32);
    function asset() external view returns (address);
    function registry() external view returns (address);
    function parameters() external view returns (Parameters memory);

    /// @notice Credit of `account`.
    function balanceOf(address account) external view returns (uint128);
    /// @notice Least nonce that a new offer of `consumer` may carry.
    function nonceOf(address consumer) external view returns (uint64);

    /// @notice Devices ever registered; ids are 1 to this.
    function deviceCount() external view returns (uint32);
    function device(uint32 id) external view returns (Device memory);
    function bid(uint32 id) external view returns (Bid memory);
    /// @notice Bit t of word t / 256: the book has a bid at tick t.
    function bookTicks(uint32 classKey) external view returns (uint256[8] memory);
    /// @notice Up to `max` bids in matching order, after device `start`, or from the cheapest if `start` is 0.
    function bids(uint32 classKey, uint32 start, uint16 max) external view returns (Bid[] memory);
    function offer(bytes32 offerId) external view returns (Offer memory);
    function lease(bytes32 leaseKey) external view returns (LeaseStatus memory);
    /// @notice What matchOffer(terms) would do now; for terms that are not posted, what postAndMatch would.
    function quote(Terms calldata terms) external view returns (Quote memory);

    function offerIdOf(Terms calldata terms) external view returns (bytes32);
    function leaseKeyOf(Lease calldata lease) external pure returns (bytes32);
    /// @notice 2^-32 base units per Mfuel.
    function price(uint16 tick) external pure returns (uint128);
    /// @notice What posting these terms takes: cost at the reserve, fee and tips, rounded up.
    function escrowOf(Terms calldata terms) external view returns (uint128);
    /// @notice What the lease pays if committed in time, rounded down.
    function payOf(Terms calldata terms, Lease calldata lease) external pure returns (uint128);
    /// @notice What a lease of `count` tasklets locks of the device's stake, rounded up.
    function bondOf(Terms calldata terms, uint32 count) external pure returns (uint64);

    /// @notice For the exact-balance check: sums credits of `accounts`, stakes of devices 1 to deviceCount, and escrow of the offers
    /// of `claims` (one claim per open lease or, with an empty lease, per open offer; each offer counts once if listed once).
    /// credits + stakes + escrows == held when all accounts and offers are named.
    function totals(address[] calldata accounts, Claim[] calldata claims)
        external
        view
        returns (uint256 credits, uint256 stakes, uint256 escrows, uint256 held);
}
