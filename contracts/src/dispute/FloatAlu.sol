// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {FloatLib} from "./FloatLib.sol";

/// @notice WebAssembly's f32 and f64 operations (core specification 2.0, 4.3.3 and 4.3.4), one call each, exact to the bit.
/// Operations go by their byte in the binary format, saturating truncations by 0x100 + their second byte. Values of 32 bits
/// stand in the low bits; higher bits of operands are ignored and those of results are zero. Total: an unknown operation traps.
library FloatAlu {
    uint256 private constant LOW32 = 0xffffffff;

    /// @notice `z` = `op`(`x`, `y`); operations of one operand take `x`. When `trap` is set, `z` is zero.
    function compute(uint256 op, uint256 x, uint256 y) internal pure returns (uint256 z, bool trap) {
        unchecked {
            if (op >= 0x5b && op <= 0x60) return (_compare(op - 0x5b, x & LOW32, y & LOW32, false), false);
            if (op >= 0x61 && op <= 0x66) return (_compare(op - 0x61, x, y, true), false);
            if (op >= 0x8b && op <= 0x98) return (_arithmetic(op - 0x8b, x & LOW32, y & LOW32, false), false);
            if (op >= 0x99 && op <= 0xa6) return (_arithmetic(op - 0x99, x, y, true), false);
            if (op >= 0xa8 && op <= 0xab) return _truncate(op - 0xa8, x, 32, false);
            if (op >= 0xae && op <= 0xb1) return _truncate(op - 0xae, x, 64, false);
            if (op >= 0x100 && op <= 0x103) return _truncate(op - 0x100, x, 32, true);
            if (op >= 0x104 && op <= 0x107) return _truncate(op - 0x104, x, 64, true);
            if (op >= 0xb2 && op <= 0xb5) return (_convert(op - 0xb2, x, false), false);
            if (op == 0xb6) return (FloatLib.demote(x), false);
            if (op >= 0xb7 && op <= 0xba) return (_convert(op - 0xb7, x, true), false);
            if (op == 0xbb) return (FloatLib.promote(x & LOW32), false);
            return (0, true);
        }
    }

    /// @dev eq ne lt gt le ge.
    function _compare(uint256 kind, uint256 x, uint256 y, bool wide) private pure returns (uint256) {
        if (FloatLib.isNan(x, wide) || FloatLib.isNan(y, wide)) return kind == 1 ? 1 : 0;
        (int256 a, int256 b) = (FloatLib.rank(x, wide), FloatLib.rank(y, wide));
        bool holds;
        if (kind == 0) holds = a == b;
        else if (kind == 1) holds = a != b;
        else if (kind == 2) holds = a < b;
        else if (kind == 3) holds = a > b;
        else if (kind == 4) holds = a <= b;
        else holds = a >= b;
        return holds ? 1 : 0;
    }

    /// @dev abs neg ceil floor trunc nearest sqrt add sub mul div min max copysign.
    function _arithmetic(uint256 kind, uint256 x, uint256 y, bool wide) private pure returns (uint256) {
        unchecked {
            uint256 sign = FloatLib.signBit(wide);
            if (kind == 7) return FloatLib.add(x, y, wide);
            if (kind == 8) return FloatLib.add(x, y ^ sign, wide);
            if (kind == 9) return FloatLib.mul(x, y, wide);
            if (kind == 10) return FloatLib.div(x, y, wide);
            if (kind == 6) return FloatLib.sqrt(x, wide);
            if (kind == 11 || kind == 12) return FloatLib.extreme(x, y, kind == 12, wide);
            if (kind >= 2 && kind <= 5) return FloatLib.round(x, kind - 2, wide);
            // Of bits, not of numbers: NaN stays as it is.
            if (kind == 0) return FloatLib.magnitude(x, wide);
            if (kind == 1) return x ^ sign;
            return FloatLib.magnitude(x, wide) | (y & sign);
        }
    }

    /// @dev From f32 signed, f32 unsigned, f64 signed, f64 unsigned.
    function _truncate(uint256 kind, uint256 x, uint256 bits, bool saturate) private pure returns (uint256 z, bool trap) {
        bool wide = kind >= 2;
        bool fits;
        (z, fits) = FloatLib.toInteger(wide ? x : x & LOW32, wide, bits, kind & 1 == 0);
        if (!fits && !saturate) return (0, true);
    }

    /// @dev From i32 signed, i32 unsigned, i64 signed, i64 unsigned.
    function _convert(uint256 kind, uint256 x, bool wide) private pure returns (uint256) {
        unchecked {
            uint256 bits = kind >= 2 ? 64 : 32;
            x &= (1 << bits) - 1;
            if (kind & 1 == 0 && x >> (bits - 1) == 1) return FloatLib.pack(1, 0, (1 << bits) - x, wide);
            return FloatLib.pack(0, 0, x, wide);
        }
    }
}
