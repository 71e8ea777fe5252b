// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Token} from "../token/Token.sol";

/// @notice How a MoodyToken behaves in its next transfer.
enum Mood {
    Sound,
    Keeps, // one percent of it
    Denies, // answers false and moves nothing
    Reverts,
    CallsBack // makes the call it was given, before it moves anything
}

/// @notice For tests: an asset that behaves for one transfer as it is told, in every way in which assets misbehave.
contract MoodyToken is Token {
    Mood private _mood;
    address private _target;
    bytes private _call;

    error MoodyTokenReverts();

    function set(Mood mood, address target, bytes calldata call_) external {
        (_mood, _target, _call) = (mood, target, call_);
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        return _denies() ? false : super.transfer(to, value);
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        return _denies() ? false : super.transferFrom(from, to, value);
    }

    function _denies() private view returns (bool) {
        return _mood == Mood.Denies;
    }

    function _update(address from, address to, uint256 value) internal override {
        Mood mood = _mood;
        if (mood == Mood.Sound || from == address(0)) return super._update(from, to, value);
        _mood = Mood.Sound;
        if (mood == Mood.Reverts) revert MoodyTokenReverts();
        if (mood == Mood.CallsBack) {
            // Refused or not: what matters is what it does to the market.
            (bool done,) = _target.call(_call);
            done;
        }
        if (mood == Mood.Keeps) super._update(from, address(this), value / 100);
        super._update(from, to, mood == Mood.Keeps ? value - value / 100 : value);
    }
}
