// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IStepVm} from "../dispute/IStepVm.sol";

/// @notice For tests: many steps in one call. Calldata is a row of (state 32, length 4, proof), the answer one of (next state 32,
/// gas 4); a next state of zero stands for a revert. Gas is what the call cost inside, at a warm address.
contract StepHarness {
    IStepVm private immutable _VM;

    constructor(IStepVm vm) {
        _VM = vm;
    }

    fallback(bytes calldata rows) external returns (bytes memory answers) {
        while (rows.length > 0) {
            uint256 end = 36 + uint32(bytes4(rows[32:36]));
            bytes memory call = abi.encodeCall(IStepVm.step, (bytes32(rows), rows[36:end]));
            address vm = address(_VM);
            uint256 left = gasleft();
            (bool fine, bytes memory answer) = vm.staticcall(call);
            left -= gasleft();
            answers = bytes.concat(answers, fine ? abi.decode(answer, (bytes32)) : bytes32(0), bytes4(uint32(left)));
            rows = rows[end:];
        }
    }
}
