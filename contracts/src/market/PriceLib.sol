// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @notice Prices, costs and bonds. Every function that rounds says which way: up for what is escrowed or locked, down for
/// what is paid out, so no escrow is ever short.
/// @dev Nothing here is checked for overflow: prices are below 2^64, mfuel and counts below 2^32, shares below 2^16 and amounts
/// below 2^128, so the largest product is below 2^192. Only views meet ticks beyond MAX_TICK, whose prices mean nothing.
library PriceLib {
    /// @notice The dearest tick whose price fits 64 bits: about 4,295 units of an asset of 6 decimals per Mfuel.
    uint256 internal constant MAX_TICK = 1887;
    uint256 internal constant BPS = 10_000;
    uint256 private constant FRACTION = 32; // bits after the point of a price

    /// @notice Log-linear: 32 steps per octave, 1.6 to 3.1 % apart. 2^-32 base units per Mfuel.
    function price(uint256 tick) internal pure returns (uint256) {
        return (32 + (tick & 31)) << (tick >> 5);
    }

    function costUp(uint256 unitPrice, uint256 mfuel, uint256 count) internal pure returns (uint256) {
        unchecked {
            return (unitPrice * mfuel * count + (1 << FRACTION) - 1) >> FRACTION;
        }
    }

    function costDown(uint256 unitPrice, uint256 mfuel, uint256 count) internal pure returns (uint256) {
        unchecked {
            return (unitPrice * mfuel * count) >> FRACTION;
        }
    }

    /// @notice Tasklets that `amount` pays for at `unitPrice`; at least as many as costUp ever charges for.
    function countDown(uint256 unitPrice, uint256 mfuel, uint256 amount) internal pure returns (uint256) {
        unchecked {
            return (amount << FRACTION) / (unitPrice * mfuel);
        }
    }

    function feeUp(uint256 amount, uint256 feeBps) internal pure returns (uint256) {
        unchecked {
            return (amount * feeBps + BPS - 1) / BPS;
        }
    }

    function feeDown(uint256 amount, uint256 feeBps) internal pure returns (uint256) {
        unchecked {
            return amount * feeBps / BPS;
        }
    }

    /// @notice Bond of `count` tasklets: bondBps of their value at the reserve.
    function bondUp(uint256 maxTick, uint256 mfuel, uint256 count, uint256 bondBps) internal pure returns (uint256) {
        unchecked {
            uint256 unit = BPS << FRACTION;
            return (price(maxTick) * mfuel * count * bondBps + unit - 1) / unit;
        }
    }

    /// @notice The most tasklets whose bond is at most `amount`: bondUp(n) <= amount exactly for n up to this.
    function bondedDown(uint256 maxTick, uint256 mfuel, uint256 bondBps, uint256 amount) internal pure returns (uint256) {
        unchecked {
            uint256 each = price(maxTick) * mfuel * bondBps;
            return each == 0 ? type(uint32).max : amount * (BPS << FRACTION) / each;
        }
    }
}
