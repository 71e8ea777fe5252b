// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @notice Decides what one step of the machine of docs/machine.md leads to.
interface IStepVm {
    /// @notice The proof's first 160 bytes are not the preimage of `state`, or its 54 bytes are not.
    error StepStateHash(bytes32 state);
    /// @notice The 96 bytes behind the state are not the preimage of the run that it names.
    error StepRunHash(bytes32 run);
    /// @notice No run can have these parameters.
    error StepParametersMalformed(uint256 parameters);
    /// @notice The root, widened with zeros, is not that of the output.
    error StepOutputRoot(bytes32 root);
    /// @notice The step did not need the proof's last `bytes_` bytes.
    error StepProofTooLong(uint256 bytes_);

    /// @notice Hash of the state after the one step from `state`. A halted state leads to itself.
    /// @param proof State preimage 160 ‖ run preimage 96 ‖ openings in the order of use; of a halted state its preimage, 54 bytes.
    /// @dev Total: every state that some bytes hash to has exactly one next state and one proof; all other bytes revert.
    function step(bytes32 state, bytes calldata proof) external pure returns (bytes32 next);
}
