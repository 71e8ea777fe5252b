// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Bid, Claim, Device, LeaseStatus, Offer, Parameters, Quote, Scope, Terms} from "./MarketTypes.sol";
import {Lease} from "./words/Lease.sol";

/// @notice Reads.
interface IMarketLens {
    // ------------------------------------------------------------- views

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
    /// @notice Whether `account` is or ever was the device's operator.
    function wasOperator(uint32 id, address account) external view returns (bool);
    function bid(uint32 id) external view returns (Bid memory);
    /// @notice Bit t of word t / 256: the book has a bid at tick t.
    function bookTicks(uint32 classKey) external view returns (uint256[8] memory);
    /// @notice Up to `max` bids in matching order, after device `start`, or from the cheapest if `start` is 0.
    function bids(uint32 classKey, uint32 start, uint16 max) external view returns (Bid[] memory);
    function offer(bytes32 offerId) external view returns (Offer memory);
    function lease(bytes32 leaseKey) external view returns (LeaseStatus memory);
    /// @notice What matchOffer(terms, scope) would do now; for terms that are not posted, what postAndMatch would.
    function quote(Terms calldata terms, Scope calldata scope) external view returns (Quote memory);

    function offerIdOf(Terms calldata terms) external view returns (bytes32);
    function leaseKeyOf(bytes32 offerId, Lease lease) external pure returns (bytes32);
    /// @notice 2^-32 base units per Mfuel.
    function price(uint16 tick) external pure returns (uint128);
    /// @notice What posting these terms takes: cost at the reserve, fee and tips, rounded up.
    function escrowOf(Terms calldata terms) external view returns (uint128);
    /// @notice What the lease pays if committed in time, rounded down.
    function payOf(Terms calldata terms, Lease lease) external pure returns (uint128);
    /// @notice What a lease of `count` tasklets locks of the device's stake, rounded up.
    function bondOf(Terms calldata terms, uint32 count) external pure returns (uint64);

    /// @notice For the exact-balance check: sums credits of `accounts`, stakes of devices 1 to deviceCount, and escrows and demand
    /// deposits of `claims`: one claim per open lease, one with lease 0 per open offer without leases, all claims of one
    /// offer together. credits + stakes + escrows == held when all accounts (the burn address among them) and offers are named.
    function totals(address[] calldata accounts, Claim[] calldata claims)
        external
        view
        returns (uint256 credits, uint256 stakes, uint256 escrows, uint256 held);
}
