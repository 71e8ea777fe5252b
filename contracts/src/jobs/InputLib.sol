// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ByteTreeLib} from "../market/ByteTreeLib.sol";
import {IJobManager} from "./IJobManager.sol";
import {FanOutProof, InputKind, InputRule, Results, Source, StageSpec} from "./JobTypes.sol";

/// @notice From the recorded results of the stages that a stage reads to its input rule and the number of its tasklets.
library InputLib {
    uint256 private constant RECORD = 128;
    /// @dev Of a result: version 1 | status 1 (1: exited) | exit code 4 | fuel 8 | output length 8 | output root 32 | zeros.
    uint256 private constant SUCCEEDED = 0x010100000000;
    uint256 private constant LENGTH = 14;
    uint256 private constant ROOT = 22;
    /// @dev The head of an output that fans out: these 8 bytes, the number of frames in 8 (big-endian), zeros to 128; then the frames.
    bytes8 internal constant LIST = "MKTLIST1";

    /// @notice The rule, and how many tasklets follow from it.
    function ruleOf(StageSpec calldata stage, Results[] calldata results, FanOutProof calldata fanOut)
        internal
        pure
        returns (InputRule memory rule, uint256 total)
    {
        uint256 each = 0;
        rule.kind = stage.input.kind;
        rule.join = stage.input.join;
        rule.size = stage.input.size;
        rule.frame = stage.input.frame;
        rule.sources = new Source[](results.length);
        for (uint256 i = 0; i < results.length; i++) {
            uint256 count;
            (rule.sources[i], count) = sourceOf(results[i]);
            if (i != 0 && count != each) revert IJobManager.StageSources(stage.index);
            each = count;
        }
        if (rule.kind == InputKind.Each) total = each;
        else if (rule.kind == InputKind.Group) total = rule.size == 0 ? 1 : (each + rule.size - 1) / rule.size;
        else total = framesOf(stage, rule.sources[0], each, fanOut);
    }

    function sourceOf(Results calldata results) private pure returns (Source memory source, uint256 total) {
        uint256 length = results.leases.length;
        source.counts = new uint32[](length);
        source.roots = results.roots;
        for (uint256 i = 0; i < length; i++) {
            source.counts[i] = uint32(results.leases[i].count());
            total += source.counts[i];
        }
    }

    /// @notice Frames in the one upstream output, as its head says. A frame that is not there reads as empty, so a head that lies
    /// makes nobody wrong.
    function framesOf(StageSpec calldata stage, Source memory source, uint256 outputs, FanOutProof calldata proof)
        private
        pure
        returns (uint256 count)
    {
        // A list of one record is one leaf, so its root is its hash, of which the market keeps 200 bits.
        bool shaped = outputs == 1 && proof.record.length == RECORD && proof.head.length == ByteTreeLib.LEAF
            && bytes25(keccak256(proof.record)) == bytes25(source.roots[0]) && uint48(bytes6(proof.record)) == SUCCEEDED;
        if (!shaped) revert IJobManager.StageFanOut(stage.index);
        uint256 length = uint64(bytes8(proof.record[LENGTH:LENGTH + 8]));
        bytes32 root = ByteTreeLib.climb(keccak256(proof.head), 0, proof.siblings);
        count = uint64(bytes8(proof.head[8:16]));
        bool sound = length >= ByteTreeLib.LEAF && proof.siblings.length == ByteTreeLib.depth(length)
            && root == bytes32(proof.record[ROOT:ROOT + 32]) && bytes8(proof.head) == LIST && count != 0 && count <= stage.input.size;
        if (!sound) revert IJobManager.StageFanOut(stage.index);
    }
}
