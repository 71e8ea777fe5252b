// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ByteTreeLib} from "../market/ByteTreeLib.sol";
import {Game, IGames, Parting, Side} from "./IGames.sol";

/// @notice Times of a game, in seconds.
struct Clocks {
    uint32 pool; // each side's at the start
    uint32 increment; // added after each own move
    uint8 fresh; // increments that are the provider's for further games against it, and not in its clock yet
}

/// @notice The rules of a game, over its record alone.
library GameLib {
    uint256 private constant FAN = 32;
    uint256 private constant PATH = 5; // 32 = 2^5

    /// @notice Whose turn it is.
    function mover(Game memory self) internal pure returns (Side) {
        return self.moves % 2 == 1 ? Side.Provider : Side.Challenger;
    }

    function player(Game memory self, Side side) internal pure returns (address) {
        return side == Side.Provider ? self.provider : self.challenger;
    }

    /// @notice Seconds that the mover has from the last move on.
    function turnSeconds(Game memory self, Clocks memory clocks) internal pure returns (uint256 time) {
        time = clockOf(self, clocks);
        // The opening, account 1, was made before any clock; accounts 2 to 5 are the first two moves of each side.
        if (self.moves <= 4) time += self.firstMoves;
    }

    /// @notice Puts down the mover's account and its clock, at `now_`. The clock never exceeds pool + 3 increments, and the provider's
    /// one more for each further game against it.
    function advance(Game memory self, Clocks memory clocks, bytes32 position, uint256 now_) internal pure {
        uint256 left = turnSeconds(self, clocks) - (now_ - self.movedAt);
        uint256 base = clockOf(self, clocks);
        // What was given for the first pass does not accumulate.
        if (left > base) left = base;
        left += clocks.increment;
        if (mover(self) == Side.Provider) self.granted += clocks.fresh;
        uint256 most = uint256(clocks.pool) + (3 + (mover(self) == Side.Provider ? self.granted : 0)) * uint256(clocks.increment);
        if (left > most) left = most;
        if (mover(self) == Side.Provider) self.providerClock = uint32(left);
        else self.challengerClock = uint32(left);
        self.position = position;
        self.movedAt = uint40(now_);
        self.moves++;
    }

    /// @notice Root of a tree of 32 hashes.
    /// @dev In assembly, because every move pays for it (measured: 12,100 gas of a move less than a plain loop over decoded hashes): each level is hashed
    /// over the one below it, in memory behind what is allocated. A node is written at or below where its pair was read. 1,024 bytes.
    function rootOf(bytes32[32] calldata hashes) internal pure returns (bytes32 root) {
        assembly ("memory-safe") {
            let nodes := mload(0x40)
            calldatacopy(nodes, hashes, 1024)
            for { let size := 1024 } gt(size, 32) { size := shr(1, size) } {
                let to := nodes
                let end := add(nodes, size)
                for { let pair := nodes } lt(pair, end) { pair := add(pair, 64) } {
                    mstore(to, keccak256(pair, 64))
                    to := add(to, 32)
                }
            }
            root := mload(nodes)
        }
    }

    /// @notice Checks that the parting lies in the opponent's last account.
    function check(Game memory self, uint256 game, Parting calldata parting) internal pure {
        uint256 index = parting.index;
        if (index == 0 || index > FAN) revert IGames.GameBadIndex(index);
        if (parting.disputedPath.length != PATH || parting.agreedPath.length != (index == 1 ? 0 : PATH)) revert IGames.GameBadPath(index);
        bytes32 root = ByteTreeLib.climb(parting.disputed, index - 1, parting.disputedPath);
        if (ByteTreeLib.join(parting.from, root) != self.position) revert IGames.GameNotItsPosition(game, parting.from);
        bytes32 agreed = index == 1 ? parting.from : parting.agreed;
        if (parting.agreed != agreed || (index > 1 && ByteTreeLib.climb(agreed, index - 2, parting.agreedPath) != root)) {
            revert IGames.GameBadPath(index - 1);
        }
    }

    function clockOf(Game memory self, Clocks memory clocks) private pure returns (uint256) {
        if (mover(self) == Side.Challenger) return self.challengerClock;
        return self.providerClock + uint256(clocks.fresh) * clocks.increment;
    }
}
