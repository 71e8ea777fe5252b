// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IComputeMarket} from "../market/IComputeMarket.sol";
import {Terms} from "../market/MarketTypes.sol";
import {Lease} from "../market/words/Lease.sol";
import {IVerdict} from "../verdict/IVerdict.sol";

/// @notice For tests: a verdict module that rules as it is told.
contract Judge is IVerdict {
    /// @inheritdoc IVerdict
    uint32 public immutable maxDisputeSeconds;
    /// @inheritdoc IVerdict
    uint32 public constant maxMfuel = type(uint32).max;

    constructor(uint32 seconds_) {
        maxDisputeSeconds = seconds_;
    }

    function open(IComputeMarket market, Terms calldata terms, Lease lease) external {
        market.openDispute(terms, lease, msg.sender);
    }

    function rule(IComputeMarket market, Terms calldata terms, Lease lease, bool upheld) external {
        market.resolve(terms, lease, upheld, msg.sender);
    }
}
