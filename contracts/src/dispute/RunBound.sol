// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @notice How many steps a run takes at most, so that both sides of a game need not argue about its length.
/// @dev Charged fuel is never less than the steps taken, and is tested where a function begins and where a loop begins again. Once fuel
/// is used up, what is left to run before the next test is: of each frame on the stack, of which there are at most 2^17 and the
/// program's own, its instructions at most once each (to repeat one takes a loop's head, and to call takes an entry); and one
/// bulk instruction, whose chunks are fewer than 2^28. So steps < fuel limit + (2^17 + 2)·instructions + 2^28.
library RunBound {
    uint256 private constant FRAMES = (1 << 17) + 2;
    uint256 private constant BULK = 1 << 28;
    uint256 private constant LEAF = 8; // instructions of a leaf of code
    uint256 private constant FAN = 5; // 32 = 2^5
    /// @notice Levels of the largest program's code, of 2^24 instructions.
    uint256 internal constant MOST_CODE_DEPTH = 21;

    /// @notice The bound for a run with this fuel limit of a program with this depth of code, at most MOST_CODE_DEPTH.
    function steps(uint256 fuelLimit, uint256 codeDepth) internal pure returns (uint256) {
        return fuelLimit + FRAMES * (LEAF << codeDepth) + BULK;
    }

    /// @notice The least r with 32^r > `most`: after 32^r steps the run has halted, and its state is its result.
    function rounds(uint256 most) internal pure returns (uint8 r) {
        while (uint256(1) << (FAN * r) <= most) r++;
    }
}
