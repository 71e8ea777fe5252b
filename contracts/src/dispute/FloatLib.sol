// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice IEEE 754 binary32 and binary64 arithmetic on integers, rounding to nearest, ties to even. `wide` chooses binary64.
/// A finite number is unpacked to (-1)^s * m * 2^e, worked on exactly in at most 200 bits (plus one sticky bit that stands for
/// everything below), and rounded once by `pack`. Arithmetic results that are NaN are the canonical one.
/// @dev Unchecked throughout: m < 2^53 and |e| < 1100 on unpacking; the widest product is sqrt's m << 141 < 2^194.
library FloatLib {
    uint256 private constant STICKY_SHIFT = 120;

    function isNan(uint256 bits, bool wide) internal pure returns (bool) {
        return magnitude(bits, wide) > infinity(wide);
    }

    function canonicalNan(bool wide) internal pure returns (uint256) {
        return wide ? 0x7ff8000000000000 : 0x7fc00000;
    }

    function infinity(bool wide) internal pure returns (uint256) {
        return wide ? 0x7ff0000000000000 : 0x7f800000;
    }

    function signBit(bool wide) internal pure returns (uint256) {
        return wide ? 1 << 63 : 1 << 31;
    }

    /// @notice The bits without the sign.
    function magnitude(uint256 bits, bool wide) internal pure returns (uint256) {
        return bits & (wide ? 0x7fffffffffffffff : 0x7fffffff);
    }

    /// @notice A number's place in the order of numbers; both zeros are 0. Not for NaN.
    function rank(uint256 bits, bool wide) internal pure returns (int256) {
        int256 size = int256(magnitude(bits, wide));
        return bits & signBit(wide) == 0 ? size : -size;
    }

    /// @notice Finite `bits` as (-1)^s * m * 2^e with m < 2^53 (2^24 if not wide).
    function unpack(uint256 bits, bool wide) internal pure returns (uint256 s, int256 e, uint256 m) {
        unchecked {
            uint256 exponent;
            if (wide) (s, e, exponent, m) = ((bits >> 63) & 1, -1074, (bits >> 52) & 0x7ff, bits & 0xfffffffffffff);
            else (s, e, exponent, m) = ((bits >> 31) & 1, -149, (bits >> 23) & 0xff, bits & 0x7fffff);
            if (exponent != 0) {
                e += int256(exponent) - 1;
                m |= wide ? 1 << 52 : 1 << 23;
            }
        }
    }

    /// @notice Rounds (-1)^s * m * 2^e to a number: zero, subnormal, normal or infinite.
    function pack(uint256 s, int256 e, uint256 m, bool wide) internal pure returns (uint256 bits) {
        unchecked {
            if (m != 0) {
                (uint256 width, int256 least) = wide ? (uint256(52), int256(-1074)) : (uint256(23), int256(-149));
                // Exponent of the result's last place: the significand fills its width, or stops at the least exponent.
                int256 place = int256(Math.log2(m)) + e - int256(width);
                if (place < least) place = least;
                if (place <= e) {
                    m <<= uint256(e - place);
                } else {
                    uint256 shift = uint256(place - e);
                    if (shift > 255) {
                        m = 0;
                    } else {
                        uint256 half = 1 << (shift - 1);
                        uint256 rest = m & ((half << 1) - 1);
                        m >>= shift;
                        if (rest > half || (rest == half && m & 1 == 1)) m++;
                    }
                }
                // A normal significand's leading bit adds one to the exponent field; so does a carry out of rounding.
                bits = (uint256(place - least) << width) + m;
                if (bits > infinity(wide)) bits = infinity(wide);
            }
            if (s == 1) bits |= signBit(wide);
        }
    }

    function add(uint256 x, uint256 y, bool wide) internal pure returns (uint256) {
        unchecked {
            uint256 top = infinity(wide);
            (uint256 a, uint256 b) = (magnitude(x, wide), magnitude(y, wide));
            if (a > top || b > top || (a == top && b == top && x != y)) return canonicalNan(wide);
            if (a == top) return x;
            if (b == top) return y;
            (uint256 s, int256 e, uint256 m) = unpack(x, wide);
            (uint256 t, int256 f, uint256 n) = unpack(y, wide);
            if (e < f) (s, e, m, t, f, n) = (t, f, n, s, e, m);
            if (uint256(e - f) > STICKY_SHIFT) {
                // Too far below to matter but for its being there: between zero and half a last place.
                if (n != 0) n = 1;
                f = e - int256(STICKY_SHIFT);
            }
            m <<= uint256(e - f);
            if (s == t) m += n;
            else if (m > n) m -= n;
            else (s, m) = (m == n ? 0 : t, n - m);
            return pack(s, f, m, wide);
        }
    }

    function mul(uint256 x, uint256 y, bool wide) internal pure returns (uint256) {
        unchecked {
            uint256 top = infinity(wide);
            (uint256 a, uint256 b) = (magnitude(x, wide), magnitude(y, wide));
            if (a > top || b > top || (a == top && b == 0) || (b == top && a == 0)) return canonicalNan(wide);
            if (a == top || b == top) return top | ((x ^ y) & signBit(wide));
            (uint256 s, int256 e, uint256 m) = unpack(x, wide);
            (uint256 t, int256 f, uint256 n) = unpack(y, wide);
            return pack(s ^ t, e + f, m * n, wide);
        }
    }

    function div(uint256 x, uint256 y, bool wide) internal pure returns (uint256) {
        unchecked {
            uint256 top = infinity(wide);
            (uint256 a, uint256 b) = (magnitude(x, wide), magnitude(y, wide));
            if (a > top || b > top || (a == top && b == top) || (a == 0 && b == 0)) return canonicalNan(wide);
            uint256 sign = (x ^ y) & signBit(wide);
            if (a == top || b == 0) return top | sign;
            if (b == top) return sign;
            (uint256 s, int256 e, uint256 m) = unpack(x, wide);
            (uint256 t, int256 f, uint256 n) = unpack(y, wide);
            m <<= STICKY_SHIFT;
            uint256 quotient = m / n;
            if (quotient * n != m) quotient |= 1;
            return pack(s ^ t, e - f - int256(STICKY_SHIFT), quotient, wide);
        }
    }

    function sqrt(uint256 x, bool wide) internal pure returns (uint256) {
        unchecked {
            uint256 top = infinity(wide);
            uint256 a = magnitude(x, wide);
            if (a == 0 || x == top) return x;
            if (a > top || x & signBit(wide) != 0) return canonicalNan(wide);
            (, int256 e, uint256 m) = unpack(x, wide);
            uint256 shift = e & 1 == 0 ? 140 : 141;
            m <<= shift;
            uint256 root = Math.sqrt(m);
            if (root * root != m) root |= 1;
            return pack(0, (e - int256(shift)) >> 1, root, wide);
        }
    }

    /// @notice To an integral number: mode 0 up, 1 down, 2 towards zero, 3 to nearest, ties to even.
    function round(uint256 x, uint256 mode, bool wide) internal pure returns (uint256) {
        unchecked {
            uint256 a = magnitude(x, wide);
            if (a > infinity(wide)) return canonicalNan(wide);
            if (a == 0 || a == infinity(wide)) return x;
            (uint256 s, int256 e, uint256 m) = unpack(x, wide);
            if (e >= 0) return x;
            // Beyond 63 places a number is far below one half, as it is at 63: m < 2^53.
            uint256 shift = e < -63 ? 63 : uint256(-e);
            uint256 half = 1 << (shift - 1);
            uint256 rest = m & ((half << 1) - 1);
            m >>= shift;
            if (mode == 3 ? rest > half || (rest == half && m & 1 == 1) : mode != 2 && rest != 0 && s == mode) m++;
            return pack(s, 0, m, wide);
        }
    }

    /// @notice The lesser number, or the greater; of two zeros the negative is the lesser.
    function extreme(uint256 x, uint256 y, bool greater, bool wide) internal pure returns (uint256) {
        if (isNan(x, wide) || isNan(y, wide)) return canonicalNan(wide);
        (int256 a, int256 b) = (rank(x, wide), rank(y, wide));
        if (a == b) return greater ? x & y : x | y;
        return (a > b) == greater ? x : y;
    }

    function promote(uint256 x) internal pure returns (uint256) {
        uint256 a = magnitude(x, false);
        if (a > infinity(false)) return canonicalNan(true);
        if (a == infinity(false)) return infinity(true) | ((x & signBit(false)) << 32);
        (uint256 s, int256 e, uint256 m) = unpack(x, false);
        return pack(s, e, m, true);
    }

    function demote(uint256 x) internal pure returns (uint256) {
        uint256 a = magnitude(x, true);
        if (a > infinity(true)) return canonicalNan(false);
        if (a == infinity(true)) return infinity(false) | ((x & signBit(true)) >> 32);
        (uint256 s, int256 e, uint256 m) = unpack(x, true);
        return pack(s, e, m, false);
    }

    /// @notice The integer towards zero, in two's complement of `bits` bits. Outside its range: the nearest bound, NaN 0, not `fits`.
    function toInteger(uint256 x, bool wide, uint256 bits, bool signed) internal pure returns (uint256 z, bool fits) {
        unchecked {
            uint256 a = magnitude(x, wide);
            if (a > infinity(wide)) return (0, false);
            bool negative = x & signBit(wide) != 0;
            uint256 m = type(uint256).max;
            if (a != infinity(wide)) {
                int256 e;
                (, e, m) = unpack(x, wide);
                // 2^65 and more fit nowhere; below 2^-63 m < 2^53 leaves nothing.
                if (e > 0) m = e > 64 ? (m == 0 ? 0 : type(uint256).max) : m << uint256(e);
                else m >>= e < -63 ? 63 : uint256(-e);
            }
            uint256 bound = negative ? (signed ? 1 << (bits - 1) : 0) : (1 << (signed ? bits - 1 : bits)) - 1;
            fits = m <= bound;
            z = fits ? m : bound;
            if (negative) z = (0 - z) & ((1 << bits) - 1);
        }
    }
}
