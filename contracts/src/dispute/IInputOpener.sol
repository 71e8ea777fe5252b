// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {InputRule} from "../jobs/JobTypes.sol";

/// @notice The two blobs that a tasklet reads, by name.
struct InputNames {
    bytes32 frameRoot;
    uint256 frameLength; // bytes
    bytes32 stdinRoot;
    uint256 stdinLength; // bytes
    bool unjudged; // what it is made of exceeds what one transaction can show; the names are zero
}

/// @notice An output of an earlier stage that a tasklet reads.
struct ReadOutput {
    bytes record; // its 128 bytes in the result list of its lease
    bytes32[] proof; // siblings from leaf to that list's root
    bytes data; // all bytes of the output; not looked at where one output is the input as it is
}

/// @notice Everything that the input of one tasklet follows from.
struct InputEvidence {
    InputRule rule; // whose hash stands where the work names a manifest
    ReadOutput[] outputs; // all that the tasklet reads: of the first stage, then of the second …
}

/// @title Inputs of stages that read others
/// @notice Derives them from the rule that the chain wrote when the stage opened and from outputs that are shown here, so that nobody
/// has to be believed. Holds nothing.
interface IInputOpener {
    /// @notice It is not the rule that the work names.
    error InputRuleOther(bytes32 expected, bytes32 actual);
    /// @notice The frame is too short to hold the length of standard input. No device runs such a stage.
    error InputFrameShort(uint256 length);
    /// @notice The tasklet reads another number of outputs.
    error InputOutputs(uint256 expected, uint256 actual);
    /// @notice The bytes are not the output that stands in this place.
    error InputOutputOther(uint256 place);

    /// @notice Input of tasklet `index` by the rule of hash `rule`; `evidence` is an ABI-encoded InputEvidence.
    function open(bytes32 rule, uint256 kind, uint256 index, bytes calldata evidence) external pure returns (InputNames memory names);

    /// @notice Input of tasklet `index` by the rule in the evidence, whoever wrote it.
    function derive(InputEvidence calldata evidence, uint256 index) external pure returns (InputNames memory names);

    /// @notice What evidence may weigh: the frame, 64 for each lease of the rule, 768 for each output, and what is joined or taken apart.
    /// What weighs more cannot be disputed. Bytes.
    function mostEvidence() external pure returns (uint256);
}
