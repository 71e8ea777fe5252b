// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @notice What stays the same through a run, in one word: version 1 ‖ code depth 1 ‖ memory depth 1 ‖ output depth 1 ‖ maximum
/// pages 4 ‖ output limit 4 ‖ frame length 4 ‖ stdin length 4 ‖ fuel limit 8 ‖ zeros 4.
library StepParameters {
    uint256 private constant VERSION = 1;
    uint256 private constant MOST_CODE_DEPTH = 25;
    uint256 private constant MOST_PAGES = 1 << 16;
    uint256 private constant PAGE_DEPTH = 9;
    uint256 private constant LOW32 = 0xffffffff;

    /// @notice Whether version, depths and padding are some that a run can have.
    function wellFormed(uint256 self) internal pure returns (bool) {
        unchecked {
            uint256 pages = maximumPages(self);
            if (self >> 248 != VERSION || codeDepth(self) > MOST_CODE_DEPTH || pages > MOST_PAGES || self & LOW32 != 0) return false;
            if (memoryDepth(self) < PAGE_DEPTH || !_isLeast(memoryDepth(self) - PAGE_DEPTH, pages)) return false;
            return _isLeast(outputDepth(self), (outputLimit(self) + 127) / 128);
        }
    }

    function codeDepth(uint256 self) internal pure returns (uint256) {
        return (self >> 240) & 0xff;
    }

    function memoryDepth(uint256 self) internal pure returns (uint256) {
        return (self >> 232) & 0xff;
    }

    function outputDepth(uint256 self) internal pure returns (uint256) {
        return (self >> 224) & 0xff;
    }

    function maximumPages(uint256 self) internal pure returns (uint256) {
        return (self >> 192) & LOW32;
    }

    function outputLimit(uint256 self) internal pure returns (uint256) {
        return (self >> 160) & LOW32;
    }

    function frameLength(uint256 self) internal pure returns (uint256) {
        return (self >> 128) & LOW32;
    }

    function stdinLength(uint256 self) internal pure returns (uint256) {
        return (self >> 96) & LOW32;
    }

    function fuelLimit(uint256 self) internal pure returns (uint256) {
        return (self >> 32) & 0xffffffffffffffff;
    }

    /// @dev Whether `depth` is the least d with 2^d >= max(1, `leaves`).
    function _isLeast(uint256 depth, uint256 leaves) private pure returns (bool) {
        unchecked {
            if (leaves <= 1) return depth == 0;
            return leaves <= 1 << depth && leaves > (1 << depth) >> 1;
        }
    }
}
