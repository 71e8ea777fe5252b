// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IComputeMarket} from "../market/IComputeMarket.sol";
import {Token} from "../token/Token.sol";

/// @notice For tests: keeps one percent of every transfer.
contract FeeToken is Token {
    function _update(address from, address to, uint256 value) internal override {
        if (from == address(0) || to == address(0)) return super._update(from, to, value);
        super._update(from, address(this), value / 100);
        super._update(from, to, value - value / 100);
    }
}

/// @notice For tests: says no instead of reverting.
contract FalseToken is Token {
    function transfer(address, uint256) public pure override returns (bool) {
        return false;
    }

    function transferFrom(address, address, uint256) public pure override returns (bool) {
        return false;
    }
}

/// @notice For tests: calls the market back in the middle of a transfer.
contract ReentrantToken is Token {
    IComputeMarket private _market;
    uint128 private _amount;
    bool private _withdraws;

    function arm(IComputeMarket market, uint128 amount, bool withdraws) external {
        (_market, _amount, _withdraws) = (market, amount, withdraws);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (address(_market) == address(0)) return;
        IComputeMarket market = _market;
        _market = IComputeMarket(address(0));
        if (_withdraws) market.withdraw(_amount);
        else market.deposit(_amount);
    }
}
