// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @notice What disputes of one lease have come to.
struct Dispute {
    uint32 games; // not settled
    uint32 requests; // not answered, or answered so late that games have yet to have their time
    uint40 until; // unix seconds; the market hears no verdict after it
    uint40 joinUntil; // unix seconds; no game is opened from then on
    bool fallen; // proven wrong, or not shown
    bool failed; // a request was not answered
}

/// @notice Bonds and deposits: base units of the market's asset, posted with each game and request.
interface IDisputeLedger {
    event BondsWithdrawn(address indexed account, uint256 amount);

    error DisputeScope(bytes32 expected, bytes32 actual);
    error DisputeWork(bytes32 expected, bytes32 actual);
    /// @notice The lease has fallen, or the time to dispute it ended at `since`.
    error DisputeWindowOver(bytes32 lease, uint40 since);
    error DisputeBondShort(uint256 expected, uint256 received);
    error DisputeNothingOwed(address account);

    /// @notice Pays the caller all that is owed to it.
    function withdraw() external returns (uint256 amount);

    function owed(address account) external view returns (uint256);
    function dispute(bytes32 leaseKey) external view returns (Dispute memory);
}
