// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {FloatAlu} from "../../src/dispute/FloatAlu.sol";
import {IntAlu} from "../../src/dispute/IntAlu.sol";
import {requireAtMost, requireEqual} from "./Vm.sol";

/// @notice The machine's arithmetic against Solidity's own typed integers, and against the laws of floating point. The library
/// code runs in the test itself; C# holds the same code to hardware.
contract AluTest {
    uint256 private constant LOW64 = 0xffffffffffffffff;
    uint256 private constant INFINITY = 0x7ff0000000000000;
    uint256 private constant SIGN = 1 << 63;

    function testFuzz_everyOperation_isTotalAndFitsASlot(uint16 op, uint64 x, uint64 y) public pure {
        (uint256 z, bool trap) = IntAlu.compute(op % 0x110, x, y);
        requireAtMost(z, LOW64, "slot");
        if (trap) requireEqual(z, 0, "nothing beside a trap");
        (z, trap) = FloatAlu.compute(op % 0x110, x, y);
        requireAtMost(z, LOW64, "slot");
        if (trap) requireEqual(z, 0, "nothing beside a trap");
    }

    function testFuzz_i32_isSolidityInt32(uint32 x, uint32 y) public pure {
        unchecked {
            (int32 s, int32 t) = (int32(x), int32(y));
            _int(0x6a, x, y, x + y);
            _int(0x6b, x, y, x - y);
            _int(0x6c, x, y, x * y);
            _int(0x48, x, y, s < t ? 1 : 0);
            _int(0x4b, x, y, x > y ? 1 : 0);
            _int(0x4c, x, y, s <= t ? 1 : 0);
            _int(0x74, x, y, uint32(x << (y & 31)));
            _int(0x75, x, y, uint32(s >> (y & 31)));
            _int(0x77, x, y, uint32((uint64(x) << (y & 31)) | ((uint64(x) << (y & 31)) >> 32)));
            if (y == 0) return;
            _int(0x6e, x, y, x / y);
            _int(0x70, x, y, x % y);
            _int(0x6f, x, y, uint32(s % t));
            if (s != type(int32).min || t != -1) _int(0x6d, x, y, uint32(s / t));
        }
    }

    function testFuzz_i64_isSolidityInt64(uint64 x, uint64 y) public pure {
        unchecked {
            (int64 s, int64 t) = (int64(x), int64(y));
            _int(0x7c, x, y, x + y);
            _int(0x7d, x, y, x - y);
            _int(0x7e, x, y, x * y);
            _int(0x53, x, y, s < t ? 1 : 0);
            _int(0x56, x, y, x > y ? 1 : 0);
            _int(0x59, x, y, s >= t ? 1 : 0);
            _int(0x87, x, y, uint64(s >> (y & 63)));
            _int(0x8a, x, y, uint64((uint128(x) << (64 - (y & 63))) | (x >> (y & 63))));
            if (y == 0) return;
            _int(0x80, x, y, x / y);
            _int(0x82, x, y, x % y);
            _int(0x81, x, y, uint64(s % t));
            if (s != type(int64).min || t != -1) _int(0x7f, x, y, uint64(s / t));
        }
    }

    function testFuzz_counts_areLoops(uint64 x) public pure {
        (uint256 leading, uint256 trailing, uint256 ones) = (64, 64, 0);
        for (uint256 i = 0; i < 64; i++) {
            if ((x >> i) & 1 == 0) continue;
            leading = 63 - i;
            if (ones++ == 0) trailing = i;
        }
        _int(0x79, x, 0, leading);
        _int(0x7a, x, 0, trailing);
        _int(0x7b, x, 0, ones);
    }

    function testFuzz_division_trapsOnZeroAndOverflow(uint64 x) public pure {
        for (uint256 op = 0x6d; op <= 0x70; op++) requireEqual(_traps(op, x, uint256(x) << 32), 1, "i32 by zero");
        for (uint256 op = 0x7f; op <= 0x82; op++) requireEqual(_traps(op, x, 0), 1, "i64 by zero");
        requireEqual(_traps(0x6d, 1 << 31, 0xffffffff), 1, "least i32 by -1");
        requireEqual(_traps(0x7f, 1 << 63, LOW64), 1, "least i64 by -1");
    }

    function testFuzz_f64_commutesAndKeepsIdentities(uint64 x, uint64 y) public pure {
        requireEqual(_float(0xa0, x, y), _float(0xa0, y, x), "x + y");
        requireEqual(_float(0xa2, x, y), _float(0xa2, y, x), "x y");
        requireEqual(_float(0xa1, x, y), _float(0xa0, x, y ^ SIGN), "x - y");
        if (x & ~SIGN > INFINITY) return;
        requireEqual(_float(0xa2, x, 0x3ff0000000000000), x, "x times 1");
        requireEqual(_float(0xa3, x, 0x3ff0000000000000), x, "x over 1");
        requireEqual(_float(0xa0, x, SIGN), x, "x + -0");
        requireEqual(_float(0xbb, _float(0xb6, _float(0xbb, x & 0x7f7fffff, 0), 0), 0), _float(0xbb, x & 0x7f7fffff, 0), "promoted and demoted");
    }

    function testFuzz_f64_rootAndQuotientAreNearest(uint64 x, uint64 y) public pure {
        // Normal numbers near one, where neither overflow nor subnormals blur the law.
        x = (x & 0xfffffffffffff) | (uint64(1000 + (x >> 52) % 46) << 52);
        y = (y & 0xfffffffffffff) | (uint64(1000 + (y >> 52) % 46) << 52);
        // The correctly rounded root lies between its neighbours' squares, with rounding of those monotone.
        uint256 root = _float(0x9f, x, 0);
        requireAtMost(_float(0xa2, root - 1, root - 1), x, "square of the number below");
        requireAtMost(x, _float(0xa2, root + 1, root + 1), "square of the number above");
        uint256 quotient = _float(0xa3, x, y);
        requireAtMost(_float(0xa2, quotient - 1, y), x, "product of the number below");
        requireAtMost(x, _float(0xa2, quotient + 1, y), "product of the number above");
    }

    function testFuzz_integers_throughFloatsAndBack(int64 x) public pure {
        // 2^53 and below are exact.
        int64 small = x >> 11;
        requireEqual(_float(0xb0, _float(0xb9, uint64(small), 0), 0), uint64(small), "i64 to f64 and back");
        requireEqual(_float(0xaa, _float(0xb7, uint32(int32(small)), 0), 0), uint32(int32(small)), "i32 to f64 and back");
        uint256 whole = _float(0xb9, uint64(x), 0);
        for (uint256 op = 0x9b; op <= 0x9e; op++) requireEqual(_float(op, whole, 0), whole, "a whole number is round");
    }

    function _int(uint256 op, uint256 x, uint256 y, uint256 expected) private pure {
        (uint256 z, bool trap) = IntAlu.compute(op, x, y);
        requireEqual(z, expected, "result");
        requireEqual(trap ? 1 : 0, 0, "no trap");
    }

    function _traps(uint256 op, uint256 x, uint256 y) private pure returns (uint256) {
        (, bool trap) = IntAlu.compute(op, x, y);
        return trap ? 1 : 0;
    }

    function _float(uint256 op, uint256 x, uint256 y) private pure returns (uint256 z) {
        bool trap;
        (z, trap) = FloatAlu.compute(op, x, y);
        requireEqual(trap ? 1 : 0, 0, "no trap");
    }
}
