// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Claim, Commitment, Scope, Terms, Work} from "./MarketTypes.sol";
import {Lease} from "./words/Lease.sol";
import {CostWord, RuleWord} from "./words/TermsWords.sol";

/// @notice Offers and leases: what costs gas on every job.
interface IMarketLeases {
    // ------------------------------------------------------------ offers

    event OfferPosted(
        bytes32 indexed offerId,
        address indexed consumer,
        CostWord cost,
        RuleWord rules,
        Work work,
        uint32 classKey,
        uint32[] devices,
        uint128 escrow
    );
    event OfferCancelled(bytes32 indexed offerId, uint128 refund);
    /// @notice Nothing of the offer is left; `refund` became its consumer's credit.
    event OfferClosed(bytes32 indexed offerId, uint128 refund);

    /// @notice Posts an offer of the caller and escrows its cost at the reserve, fee and tips from the caller's credit.
    /// @param classKey with the work's hash and the devices, the offer's Scope
    function postOffer(CostWord cost, RuleWord rules, Work calldata work, uint32 classKey, uint32[] calldata devices)
        external
        returns (bytes32 offerId);

    /// @notice Posts and matches in one call; an offer that one lease fills is not even stored.
    /// An offer that finds no device stays open.
    function postAndMatch(CostWord cost, RuleWord rules, Work calldata work, uint32 classKey, uint32[] calldata devices)
        external
        returns (bytes32 offerId, uint32 leases, uint32 tasklets);

    /// @notice Anyone: leases all that is unleased or freed, cheapest devices first, each paid what the work it displaced would have
    /// cost. The round's size is the protocol's: all demand, all eligible bids, or maxFills. Reverts if nothing matches.
    function matchOffer(Terms calldata terms, Scope calldata scope) external returns (uint32 leases, uint32 tasklets);

    /// @notice `amount` of the offer's escrow became the credit of `keeper`, for a call that served others.
    event Tipped(bytes32 indexed offerId, address indexed keeper, uint128 amount);

    // ------------------------------------------------------------ leases

    event Leased(bytes32 indexed offerId, bytes32 indexed leaseKey, uint32 indexed device, Lease lease, uint40 due);
    /// @notice A result is bound; it is payable from `finalAt` unless disputed.
    event Committed(bytes32 indexed leaseKey, bytes32 indexed offerId, bytes32 resultRoot, uint40 finalAt);
    /// @notice `paid` was added to the device's stake. `accepted`: by the consumer or by trust, not by the end of a window.
    event Settled(bytes32 indexed leaseKey, bytes32 indexed offerId, uint32 indexed device, uint128 paid, bool accepted);
    /// @notice The device did not commit in time; `penalty` of its stake went to the offer's escrow and the range is free again.
    event Expired(bytes32 indexed leaseKey, bytes32 indexed offerId, uint32 indexed device, uint128 penalty);
    /// @notice The device gave the lease up; `penalty` of its stake went to the offer's escrow and the range is free again.
    event Declined(bytes32 indexed leaseKey, bytes32 indexed offerId, uint32 indexed device, uint128 penalty, uint8 reason);
    /// @notice `amount` of a failed device's stake waits in the offer's escrow for what its range costs more in a new lease.
    event ExcessHeld(bytes32 indexed offerId, uint32 indexed device, uint128 amount);
    /// @notice `amount` of what waited came back to the device's stake.
    event ExcessReturned(bytes32 indexed offerId, uint32 indexed device, uint128 amount);
    /// @notice The lease fell without a penalty of its own, and the range is free again.
    event Voided(bytes32 indexed leaseKey, bytes32 indexed offerId, uint32 indexed device);

    /// @notice Operator: binds the result list's root, up to due + grace. Trusted leases are paid at once.
    function commit(Terms calldata terms, Lease lease, bytes32 resultRoot) external;

    /// @notice Anyone: hands in the operator's result with the consumer's EIP-712 signature of
    /// Acceptance(bytes32 lease,bytes32 resultRoot), and settles at once. The operator must be the caller.
    function commitAccepted(Terms calldata terms, Lease lease, bytes32 resultRoot, bytes calldata acceptance) external;

    /// @notice Operator: commits results and settles earlier leases in one call. A claim that cannot be settled yet reverts.
    function commitMany(Commitment[] calldata commitments, Claim[] calldata claims) external;

    /// @notice Consumer: waives the rest of the window of committed leases of one offer and pays them.
    function accept(Terms calldata terms, Lease[] calldata leases) external;

    /// @notice Anyone, after the window: pays committed leases of one offer.
    function settle(Terms calldata terms, Lease[] calldata leases) external;

    /// @notice Anyone, after due + grace, or once a summoned device had to appear and did not: frees the range of a lease without a result.
    function expire(Terms calldata terms, Lease lease) external;

    /// @notice Operator: gives up an uncommitted lease. Reasons: 1 unavailable input, 2 bad module, 3 too much memory, 4 shutting down, 5 other.
    function decline(Terms calldata terms, Lease lease, uint8 reason) external;
}
