// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @notice WebAssembly's i32 and i64 operations (core specification 2.0, 4.3.2), by their byte in the binary format. Values of
/// 32 bits stand in the low bits; higher bits of operands are ignored and those of results are zero. Total: division by zero,
/// the one quotient that does not fit, and unknown operations trap.
/// @dev Unchecked: operands are below 2^64 or sign-extended from there, so nothing reaches 2^256 or 2^255.
library IntAlu {
    /// @notice `z` = `op`(`x`, `y`); operations of one operand take `x`. When `trap` is set, `z` is zero.
    function compute(uint256 op, uint256 x, uint256 y) internal pure returns (uint256 z, bool trap) {
        unchecked {
            if (op >= 0x6a && op <= 0x78) return _binary(op - 0x6a, x, y, 32);
            if (op >= 0x7c && op <= 0x8a) return _binary(op - 0x7c, x, y, 64);
            if (op >= 0x45 && op <= 0x4f) return (_compare(op - 0x45, x, y, 32), false);
            if (op >= 0x50 && op <= 0x5a) return (_compare(op - 0x50, x, y, 64), false);
            if (op >= 0x67 && op <= 0x69) return (_count(op - 0x67, x, 32), false);
            if (op >= 0x79 && op <= 0x7b) return (_count(op - 0x79, x, 64), false);
            // Sign extension; a wrap and the reinterpretations of 32 bits are its unsigned kin.
            if (op == 0xac) return (_signed(x, 32) & _mask(64), false);
            if (op == 0xc0) return (_signed(x, 8) & _mask(32), false);
            if (op == 0xc1) return (_signed(x, 16) & _mask(32), false);
            if (op >= 0xc2 && op <= 0xc4) return (_signed(x, 8 << (op - 0xc2)) & _mask(64), false);
            if (op == 0xa7 || op == 0xad || op == 0xbc || op == 0xbe) return (x & _mask(32), false);
            if (op == 0xbd || op == 0xbf) return (x & _mask(64), false);
            return (0, true);
        }
    }

    /// @dev add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr.
    function _binary(uint256 kind, uint256 x, uint256 y, uint256 bits) private pure returns (uint256 z, bool trap) {
        unchecked {
            uint256 mask = _mask(bits);
            (x, y) = (x & mask, y & mask);
            if (kind == 0) z = x + y;
            else if (kind == 1) z = x - y;
            else if (kind == 2) z = x * y;
            else if (kind <= 6) {
                if (y == 0) return (0, true);
                if (kind == 4) z = x / y;
                else if (kind == 6) z = x % y;
                else {
                    (int256 a, int256 b) = (int256(_signed(x, bits)), int256(_signed(y, bits)));
                    if (kind == 5) z = uint256(a % b);
                    else if (y == mask && x == 1 << (bits - 1)) return (0, true);
                    else z = uint256(a / b);
                }
            } else if (kind == 7) z = x & y;
            else if (kind == 8) z = x | y;
            else if (kind == 9) z = x ^ y;
            else {
                uint256 by = y & (bits - 1);
                if (kind == 10) z = x << by;
                else if (kind == 11) z = uint256(int256(_signed(x, bits)) >> by);
                else if (kind == 12) z = x >> by;
                else if (kind == 13) z = (x << by) | (x >> (bits - by));
                else z = (x >> by) | (x << (bits - by));
            }
            z &= mask;
        }
    }

    /// @dev eqz eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u.
    function _compare(uint256 kind, uint256 x, uint256 y, uint256 bits) private pure returns (uint256) {
        unchecked {
            (x, y) = (x & _mask(bits), y & _mask(bits));
            if (kind == 0) return x == 0 ? 1 : 0;
            if (kind == 1) return x == y ? 1 : 0;
            if (kind == 2) return x != y ? 1 : 0;
            // Flipping the sign bit turns the signed order into the unsigned one.
            if (kind & 1 == 1) (x, y) = (x ^ (1 << (bits - 1)), y ^ (1 << (bits - 1)));
            if (kind <= 4) return x < y ? 1 : 0;
            if (kind <= 6) return x > y ? 1 : 0;
            if (kind <= 8) return x <= y ? 1 : 0;
            return x >= y ? 1 : 0;
        }
    }

    /// @dev clz ctz popcnt.
    function _count(uint256 kind, uint256 x, uint256 bits) private pure returns (uint256 n) {
        unchecked {
            x &= _mask(bits);
            if (kind == 2) return _ones(x);
            if (x == 0) return bits;
            // The zeros below the lowest one are the ones of what lies under it.
            if (kind == 1) return _ones((x & (0 - x)) - 1);
            x |= x >> 1;
            x |= x >> 2;
            x |= x >> 4;
            x |= x >> 8;
            x |= x >> 16;
            x |= x >> 32;
            return bits - _ones(x);
        }
    }

    /// @dev Ones among 64 bits, by sums in ever wider fields.
    function _ones(uint256 x) private pure returns (uint256) {
        unchecked {
            x -= (x >> 1) & 0x5555555555555555;
            x = (x & 0x3333333333333333) + ((x >> 2) & 0x3333333333333333);
            x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
            return ((x * 0x0101010101010101) >> 56) & 0xff;
        }
    }

    /// @dev The low `bits` bits, a multiple of 8, sign-extended to 256.
    function _signed(uint256 x, uint256 bits) private pure returns (uint256 z) {
        assembly ("memory-safe") {
            z := signextend(sub(shr(3, bits), 1), x)
        }
    }

    function _mask(uint256 bits) private pure returns (uint256) {
        unchecked {
            return (1 << bits) - 1;
        }
    }
}
