// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title A judge of disputed results
/// @notice The market asks nothing of it but this; the module calls openDispute and resolve. It holds the challengers' bonds, no
/// funds of the market, and can touch only leases that were disputed through it in their window.
interface IVerdict {
    /// @notice Longest time from the end of a lease's window, up to which disputes may begin, to resolve, in seconds. Read once, when
    /// the market is deployed; a dispute that lasts longer is over: anyone may void the lease.
    function maxDisputeSeconds() external view returns (uint32);

    /// @notice Longest run that is judged in that time: the fuel limit of one tasklet in Mfuel. Read once as well.
    function maxMfuel() external view returns (uint32);
}
