// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {PriceLib} from "../market/PriceLib.sol";
import {IJobManager} from "./IJobManager.sol";
import {InputKind, StageSpec} from "./JobTypes.sol";

/// @notice The stages of a job as a Merkle tree: pairs are hashed in ascending order, a node without a neighbour moves up as it is.
library DagLib {
    uint256 internal constant MAX_STAGES = 256;

    /// @notice Bits of the stages that `stage` waits for.
    function dependencies(StageSpec calldata stage) internal pure returns (uint256 mask) {
        mask = stage.waitsFor;
        for (uint256 i = 0; i < stage.input.stages.length; i++) mask |= 1 << stage.input.stages[i];
    }

    /// @notice Reverts unless `stage` is a leaf of `root`.
    function requireLeaf(bytes32 root, bytes32 jobId, StageSpec calldata stage, bytes32[] calldata proof) internal pure {
        if (!MerkleProof.verifyCalldata(proof, root, keccak256(abi.encode(stage)))) revert IJobManager.StageNotOfJob(jobId, stage.index);
    }

    /// @notice Root of stages that stand in their places, wait for earlier ones only, and are shaped as they must be.
    function rootOf(StageSpec[] calldata stages) internal pure returns (bytes32) {
        uint256 count = stages.length;
        if (count == 0 || count > MAX_STAGES) revert IJobManager.JobStages(count);
        bytes32[] memory nodes = new bytes32[](count);
        for (uint256 i = 0; i < count; i++) {
            requireShape(stages[i], i);
            nodes[i] = keccak256(abi.encode(stages[i]));
        }
        for (; count > 1; count = (count + 1) / 2) {
            for (uint256 i = 0; i < count / 2; i++) nodes[i] = Hashes.commutativeKeccak256(nodes[2 * i], nodes[2 * i + 1]);
            if (count % 2 == 1) nodes[count / 2] = nodes[count - 1];
        }
        return nodes[0];
    }

    function requireShape(StageSpec calldata stage, uint256 place) private pure {
        if (stage.index != place) revert IJobManager.StageOutOfPlace(place, stage.index);
        uint256 read = stage.input.stages.length;
        bool listed = stage.input.kind == InputKind.Manifest;
        bool sound = dependencies(stage) >> place == 0 && stage.attempts != 0 && stage.cost.consumer() == address(0)
            && stage.rules.nonce() == 0 && stage.work.limits.inputKind() == uint8(stage.input.kind)
            && (listed ? read == 0 : read != 0 && stage.cost.total() == 0 && stage.work.manifest == 0)
            && (stage.input.kind != InputKind.FanOut || read == 1)
            && stage.cost.maxTick() + uint256(stage.attempts - 1) * stage.escalateTicks <= PriceLib.MAX_TICK;
        if (!sound) revert IJobManager.StageShape(stage.index);
    }
}
