// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ByteTreeLib} from "../market/ByteTreeLib.sol";
import {Work} from "../market/MarketTypes.sol";
import {IInputOpener, InputNames} from "./IInputOpener.sol";

/// @notice Finds a tasklet's input in what the offer commits to, by the input kind of its limits.
library WorkInput {
    uint256 private constant MANIFEST = 0;

    /// @notice The bytes are not the record of the tasklet in the manifest.
    error WorkInputRecord(uint256 index);

    /// @notice Input of tasklet `index` of `total`. In the manifest's kind `record` is the tasklet's 128 bytes of the manifest (frame root
    /// 32 ‖ stdin root 32 ‖ frame length 8 ‖ stdin length 8 ‖ zeros) and `proof` its siblings from leaf to root; in every other an
    /// ABI-encoded InputEvidence, and no proof.
    function open(IInputOpener opener, Work calldata work, uint256 total, uint256 index, bytes calldata record, bytes32[] calldata proof)
        internal
        pure
        returns (InputNames memory names)
    {
        if (!isListed(work)) return opener.open(work.manifest, work.limits.inputKind(), index, record);
        bool fits = record.length == ByteTreeLib.LEAF && proof.length == ByteTreeLib.depth(total * ByteTreeLib.LEAF) && index < total;
        if (!fits || ByteTreeLib.climb(keccak256(record), index, proof) != work.manifest) revert WorkInputRecord(index);
        names.frameRoot = bytes32(record[0:32]);
        names.stdinRoot = bytes32(record[32:64]);
        names.frameLength = uint64(bytes8(record[64:72]));
        names.stdinLength = uint64(bytes8(record[72:80]));
    }

    /// @notice Whether a manifest lists the inputs; else they follow from a rule.
    function isListed(Work calldata work) internal pure returns (bool) {
        return work.limits.inputKind() == MANIFEST;
    }
}
