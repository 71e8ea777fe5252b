// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @notice A contiguous range of an offer's tasklets given to one device, in one word; with its offer's id it names the lease.
/// Travels as calldata. From the lowest bit: device 24 | first 32 (index of the first tasklet) | count 32 (tasklets) |
/// unit price 64 (2^-32 base units per Mfuel) | attempt 16 (how often the range had failed before) | zero
type Lease is uint256;

using LeaseTermsLib for Lease global;

library LeaseTermsLib {
    /// @dev Every part fits its field: devices and tasklets by their own fields, prices because no tick is dearer than 2^64.
    function pack(uint256 device_, uint256 first_, uint256 count_, uint256 unitPrice_, uint256 attempt_) internal pure returns (Lease) {
        return Lease.wrap(device_ | (first_ << 24) | (count_ << 56) | (unitPrice_ << 88) | (attempt_ << 152));
    }

    function device(Lease self) internal pure returns (uint32) {
        return uint32(Lease.unwrap(self) & type(uint24).max);
    }

    function first(Lease self) internal pure returns (uint256) {
        return uint32(Lease.unwrap(self) >> 24);
    }

    function count(Lease self) internal pure returns (uint256) {
        return uint32(Lease.unwrap(self) >> 56);
    }

    function unitPrice(Lease self) internal pure returns (uint256) {
        return uint64(Lease.unwrap(self) >> 88);
    }

    function attempt(Lease self) internal pure returns (uint256) {
        return uint16(Lease.unwrap(self) >> 152);
    }
}
