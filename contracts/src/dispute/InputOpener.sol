// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {InputKind, InputRule, Join, Source} from "../jobs/JobTypes.sol";
import {ByteTreeLib} from "../market/ByteTreeLib.sol";
import {BlobLib} from "./BlobLib.sol";
import {IInputOpener, InputEvidence, InputNames, ReadOutput} from "./IInputOpener.sol";
import {ResultRecord} from "./ResultRecord.sol";

/// @notice The same rules as StageInputs, Frames and FrameList in the C# domain. Nodes take transactions of at most 128 KiB, which is
/// what bounds the evidence.
contract InputOpener is IInputOpener {
    /// @inheritdoc IInputOpener
    uint256 public constant mostEvidence = 98_304;
    uint256 private constant PER_LEASE = 64;
    uint256 private constant PER_OUTPUT = 768;
    uint256 private constant HEADER = 4; // bytes before a frame: its length, little-endian
    uint256 private constant LENGTH_AT = 8; // of standard input in a tasklet's frame: 8 bytes, little-endian

    /// @inheritdoc IInputOpener
    function open(bytes32 rule, uint256 kind, uint256 index, bytes calldata evidence) external pure returns (InputNames memory names) {
        InputEvidence memory e = abi.decode(evidence, (InputEvidence));
        bytes32 hash = keccak256(abi.encode(e.rule));
        if (hash != rule || uint256(e.rule.kind) != kind) revert InputRuleOther(rule, hash);
        return derive(e, index);
    }

    /// @inheritdoc IInputOpener
    function derive(InputEvidence memory e, uint256 index) public pure returns (InputNames memory names) {
        InputRule memory rule = e.rule;
        (uint256 first, uint256 each) = _range(rule, index);
        uint256 weight = _weight(rule) + PER_OUTPUT * each * rule.sources.length;
        if (weight > mostEvidence) return _unjudged();
        if (e.outputs.length != each * rule.sources.length) revert InputOutputs(each * rule.sources.length, e.outputs.length);
        for (uint256 i = 0; i < e.outputs.length; i++) {
            if (!_isOutput(rule.sources[i / each], first + i % each, e.outputs[i])) revert InputOutputOther(i);
        }

        // One output as it is: its record names it, however large it is.
        if (rule.kind == InputKind.Each && rule.sources.length == 1) {
            (names.stdinRoot, names.stdinLength) = ResultRecord.output(e.outputs[0].record);
        } else {
            for (uint256 i = 0; i < e.outputs.length; i++) {
                (, uint256 length) = ResultRecord.output(e.outputs[i].record);
                weight += length;
            }
            if (weight > mostEvidence) return _unjudged();
            for (uint256 i = 0; i < e.outputs.length; i++) _requireData(e.outputs[i], i);
            bytes memory stdin = rule.kind == InputKind.FanOut ? _frameOf(e.outputs[0].data, index) : _join(rule, e.outputs, each);
            (names.stdinRoot, names.stdinLength) = (BlobLib.rootOf(stdin), stdin.length);
        }
        (names.frameRoot, names.frameLength) = (_frameRoot(rule.frame, names.stdinLength), rule.frame.length);
    }

    function _unjudged() private pure returns (InputNames memory names) {
        names.unjudged = true;
    }

    /// @notice The outputs that the tasklet reads of each of the stages, which all have as many.
    function _range(InputRule memory rule, uint256 index) private pure returns (uint256 first, uint256 count) {
        if (rule.kind == InputKind.FanOut) return (0, 1);
        if (rule.kind == InputKind.Each) return (index, 1);
        uint256 all = 0;
        for (uint256 i = 0; i < rule.sources[0].counts.length; i++) all += rule.sources[0].counts[i];
        if (rule.size == 0) return (0, all);
        first = index * rule.size;
        count = all - first < rule.size ? all - first : rule.size;
    }

    function _weight(InputRule memory rule) private pure returns (uint256 weight) {
        weight = rule.frame.length;
        for (uint256 i = 0; i < rule.sources.length; i++) weight += PER_LEASE * rule.sources[i].roots.length;
    }

    /// @notice Whether the record is the one of output `place` of the stage. Roots are known to the 200 bits that the market keeps.
    function _isOutput(Source memory source, uint256 place, ReadOutput memory output) private pure returns (bool) {
        for (uint256 i = 0; i < source.counts.length; i++) {
            uint256 count = source.counts[i];
            if (place < count) return ResultRecord.isUnderInMemory(source.roots[i], output.record, place, count, output.proof);
            place -= count;
        }
        return false;
    }

    function _requireData(ReadOutput memory output, uint256 place) private pure {
        (bytes32 root, uint256 length) = ResultRecord.output(output.record);
        if (output.data.length != length || BlobLib.rootOf(output.data) != root) revert InputOutputOther(place);
    }

    /// @notice The outputs of each stage as one, and where there are several stages and each gives several, those as one.
    function _join(InputRule memory rule, ReadOutput[] memory outputs, uint256 each) private pure returns (bytes memory joined) {
        bool framed = rule.join == Join.Framed;
        bool nested = framed && rule.kind == InputKind.Group && rule.sources.length > 1;
        uint256 total = (framed ? HEADER * outputs.length : 0) + (nested ? HEADER * rule.sources.length : 0);
        for (uint256 i = 0; i < outputs.length; i++) total += outputs[i].data.length;
        joined = new bytes(total);
        uint256 at = 0;
        for (uint256 i = 0; i < outputs.length;) {
            uint256 start = at;
            if (nested) at += HEADER;
            for (uint256 end = i + each; i < end; i++) {
                bytes memory data = outputs[i].data;
                if (framed) at = _write(joined, at, data.length, HEADER);
                at = BlobLib.put(joined, at, data);
            }
            if (nested) _write(joined, start, at - start - HEADER, HEADER);
        }
    }

    /// @notice Frame `index` of an output that fans out; one that is announced and missing is empty, as are all behind it.
    function _frameOf(bytes memory list, uint256 index) private pure returns (bytes memory) {
        uint256 at = ByteTreeLib.LEAF;
        for (uint256 i = 0; at + HEADER <= list.length; i++) {
            uint256 length = 0;
            for (uint256 k = 0; k < HEADER; k++) length |= uint256(uint8(list[at + k])) << (8 * k);
            at += HEADER;
            if (length > list.length - at) break;
            if (i == index) return BlobLib.slice(list, at, length);
            at += length;
        }
        return "";
    }

    function _frameRoot(bytes memory frame, uint256 stdinLength) private pure returns (bytes32) {
        if (frame.length < LENGTH_AT + 8) revert InputFrameShort(frame.length);
        bytes memory filled = BlobLib.slice(frame, 0, frame.length);
        _write(filled, LENGTH_AT, stdinLength, 8);
        return BlobLib.rootOf(filled);
    }

    /// @notice Writes a number of `size` bytes, little-endian; returns where it ends.
    function _write(bytes memory to, uint256 at, uint256 value, uint256 size) private pure returns (uint256) {
        for (uint256 i = 0; i < size; i++) to[at + i] = bytes1(uint8(value >> (8 * i)));
        return at + size;
    }
}
