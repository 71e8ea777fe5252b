// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Results, StageState} from "./JobTypes.sol";

/// @notice What the manager keeps of a stage.
struct StageRecord {
    bytes32 offerId; // slot 0, of the newest attempt
    uint200 results; // slot 1, the first 200 bits of the hash of its Results; 0 unless recorded
    uint16 openedAt; // slot 1, the job's epoch when it was opened
    uint16 fellAt; // slot 1, the job's epoch when a recorded result of it last fell
    uint8 attempts; // slot 1
    StageState state; // slot 1
}

/// @notice The life of a stage:
/// None -> Open -> Committed -> Final; Committed -> Open (a lease fell); Open, Committed, Final -> Stale (what it read fell);
/// Open -> Failed; Stale, Failed -> Open (a further attempt).
library StageRecordLib {
    /// @notice The name that recorded results go by.
    function nameOf(Results calldata results) internal pure returns (uint200) {
        return uint200(uint256(keccak256(abi.encode(results))) >> 56);
    }

    /// @notice Whether the stage runs or has run, so that its offer is the one that counts.
    function isCurrent(StageRecord storage self) internal view returns (bool) {
        StageState state = self.state;
        return state == StageState.Open || state == StageState.Committed || state == StageState.Final;
    }
}
