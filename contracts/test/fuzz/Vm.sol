// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @notice The cheat codes that these tests use; the runner answers at this address.
interface Vm {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function getRecordedLogs() external returns (Log[] memory);
    function load(address, bytes32) external view returns (bytes32);
    function parseJsonBytes(string calldata json, string calldata key) external pure returns (bytes memory);
    function prank(address) external;
    function readFile(string calldata path) external view returns (string memory);
    function recordLogs() external;
    function revertToState(uint256) external returns (bool);
    function roll(uint256) external;
    function snapshotState() external returns (uint256);
    function warp(uint256) external;
}

Vm constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

/// @notice A check that did not hold.
error Broken(string what, uint256 actual, uint256 expected);

function requireEqual(uint256 actual, uint256 expected, string memory what) pure {
    if (actual != expected) revert Broken(what, actual, expected);
}

function requireAtMost(uint256 actual, uint256 most, string memory what) pure {
    if (actual > most) revert Broken(what, actual, most);
}
