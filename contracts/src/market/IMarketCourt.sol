// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Demand, Terms} from "./MarketTypes.sol";
import {Lease} from "./words/Lease.sol";

/// @notice What offers and leases need off the common path: cancelling, closing, summonses, demands and verdicts.
interface IMarketCourt {
    // ------------------------------------------------------------------- offers

    /// @notice Consumer: no more leases; what open leases cannot cost is refunded.
    function cancelOffer(Terms calldata terms) external returns (uint128 refund);

    /// @notice Anyone, once nothing is outstanding and the deadline has passed or the offer is cancelled: refunds the rest.
    function closeOffer(Terms calldata terms) external returns (uint128 refund);

    // --------------------------------------------------------- summonses

    /// @notice The consumer hears nothing of the device, which must appear until `appearBy` or may lose the lease.
    event Summoned(bytes32 indexed leaseKey, bytes32 indexed offerId, uint32 indexed device, uint40 appearBy);
    /// @notice The device is there: its lease runs on until it is due, and it is not summoned for it again.
    event Appeared(bytes32 indexed leaseKey, bytes32 indexed offerId, uint32 indexed device);

    /// @notice Consumer: has a device that was leased a range and fell silent show that it is there, within summonsSeconds. If it does not,
    /// anyone may let the lease expire at once instead of after it was due. Once for each lease.
    function summon(Terms calldata terms, Lease lease) external;

    /// @notice Operator: appears when summoned; also late, as long as nobody let the lease expire. A commitment does as well.
    function appear(Terms calldata terms, Lease lease) external;

    // ----------------------------------------------------------- demands

    event Demanded(bytes32 indexed leaseKey, address indexed by, Demand what, uint128 deposit, uint40 until);
    /// @notice `data` is the proven record or output piece; the deposit went to the device's owner.
    event Answered(bytes32 indexed leaseKey, bytes data);
    /// @notice Nobody answered; the lease fell with its bond, and the deposit went back.
    event DemandFailed(bytes32 indexed leaseKey, bytes32 indexed offerId, uint32 indexed device, uint128 penalty);

    /// @notice Before the window ends: asks for a piece of a committed result on the chain, and delays settlement until it is answered.
    /// Anyone may ask for records, only the consumer for output; the consumer's demand takes the place of another's, whose deposit goes
    /// back. The deposit comes from the caller's credit and goes to the answerer.
    function demand(Terms calldata terms, Lease lease, Demand calldata what) external;

    /// @notice Anyone: answers with bytes and their byte-tree proofs (siblings from leaf to root).
    function answer(
        Terms calldata terms,
        Lease lease,
        bytes calldata record,
        bytes32[] calldata recordProof,
        bytes calldata output,
        bytes32[] calldata outputProof
    ) external;

    /// @notice Anyone, after demandSeconds without an answer: the lease falls with its bond.
    function failDemand(Terms calldata terms, Lease lease) external;

    // ---------------------------------------------------------- verdicts

    /// @notice `challenger` disputes the result; the module judges until `until`.
    event Disputed(bytes32 indexed leaseKey, bytes32 indexed offerId, address indexed challenger, uint40 until);
    event Resolved(bytes32 indexed leaseKey, bytes32 indexed offerId, bool upheld);

    /// @notice Verdict module only: stops settlement of a committed optimistic lease whose window is open. The module may
    /// call again while it judges, which changes nothing: until when a dispute may be joined is for it to say.
    /// @return operator of the lease's device now
    /// @return root the first 200 bits of the result root, the rest zero
    /// @return until the last second in which the module may resolve
    function openDispute(Terms calldata terms, Lease lease, address challenger)
        external
        returns (address operator, bytes32 root, uint40 until);

    /// @notice Verdict module only: an upheld result is committed again and its window ends when it would have, so that a dispute that
    /// was lost on purpose takes no time from honest ones; an overturned one costs the lease's bond and minStake, half of it
    /// burned, 30 % to `finder`, 20 % to the consumer, and its device is banned.
    function resolve(Terms calldata terms, Lease lease, bool upheld, address finder) external;

    /// @notice Verdict module only: the device did not show what its result rests on, so the lease falls with its bond.
    function forfeit(Terms calldata terms, Lease lease) external;

    /// @notice Anyone: frees the range of an open lease of a banned device, or of a dispute whose module fell silent.
    function voidLease(Terms calldata terms, Lease lease) external;
}
