// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IMarketDesk} from "./IMarketDesk.sol";
import {IMarketErrors} from "./IMarketErrors.sol";
import {LedgerLib} from "./LedgerLib.sol";
import {DeviceRecord, MarketState} from "./MarketState.sol";
import {BidRemoval} from "./MarketTypes.sol";
import {BidLib} from "./BidLib.sol";
import {DeviceWord, DeviceWordLib} from "./words/DeviceWord.sol";

/// @notice Devices and their stake.
/// Kept (invariant 3): locked is the sum of the bonds of the device's open leases and at most its stake, and
/// stake - locked >= minStake unless retired or banned.
library DeviceLib {
    using LedgerLib for MarketState;
    using BidLib for MarketState;

    /// @notice Where burned stake goes: a credit that nobody can withdraw.
    address internal constant BURNED = 0x000000000000000000000000000000000000dEaD;

    function register(MarketState storage self, uint64 minStake, address operator, uint64 stake) internal returns (uint32 device) {
        if (operator == address(0)) revert IMarketErrors.DeviceZeroOperator();
        if (stake < minStake) revert IMarketErrors.DeviceStakeTooLow(stake, minStake);
        if (stake > DeviceWordLib.MAX_STAKE) revert IMarketErrors.DeviceStakeTooHigh(stake, DeviceWordLib.MAX_STAKE);
        if (self.deviceCount == DeviceWordLib.MAX_DEVICES) revert IMarketErrors.DeviceTooMany();
        device = ++self.deviceCount;
        self.debit(msg.sender, stake);
        DeviceRecord storage record = self.devices[device];
        record.word = DeviceWord.wrap(stake);
        record.owner = msg.sender;
        record.operator = operator;
    }

    function requireOwner(MarketState storage self, uint32 device) internal view returns (DeviceRecord storage record) {
        record = self.devices[device];
        if (record.owner == address(0)) revert IMarketErrors.DeviceUnknown(device);
        if (record.owner != msg.sender) revert IMarketErrors.DeviceNotOwner(device, msg.sender);
    }

    function requireOperator(MarketState storage self, uint32 device) internal view returns (DeviceRecord storage record) {
        record = self.devices[device];
        if (record.operator == address(0)) revert IMarketErrors.DeviceUnknown(device);
        if (record.operator != msg.sender) revert IMarketErrors.DeviceNotOperator(device, msg.sender);
    }

    function setOperator(MarketState storage self, uint32 device, address operator) internal {
        if (operator == address(0)) revert IMarketErrors.DeviceZeroOperator();
        DeviceRecord storage record = requireOwner(self, device);
        // A key that signed for the device stays answerable for what it signed.
        self.pastOperators[device][record.operator] = true;
        record.operator = operator;
        emit IMarketDesk.OperatorSet(device, operator);
    }

    function addStake(MarketState storage self, uint32 device, uint64 amount) internal {
        DeviceRecord storage record = self.devices[device];
        if (record.owner == address(0)) revert IMarketErrors.DeviceUnknown(device);
        if (amount == 0) revert IMarketErrors.AccountZeroAmount();
        uint256 stake = record.word.stake() + amount;
        if (stake > DeviceWordLib.MAX_STAKE) revert IMarketErrors.DeviceStakeTooHigh(stake, DeviceWordLib.MAX_STAKE);
        self.debit(msg.sender, amount);
        record.word = record.word.withStake(stake);
        emit IMarketDesk.StakeChanged(device, uint64(stake));
    }

    function unstake(MarketState storage self, uint64 minStake, uint32 device, uint64 amount) internal {
        DeviceRecord storage record = requireOwner(self, device);
        if (amount == 0) revert IMarketErrors.AccountZeroAmount();
        uint256 free = freeStake(record.word, minStake);
        if (amount > free) revert IMarketErrors.DeviceStakeLocked(device, free, amount);
        uint256 stake = record.word.stake() - amount;
        record.word = record.word.withStake(stake);
        self.credit(msg.sender, amount);
        emit IMarketDesk.StakeChanged(device, uint64(stake));
    }

    function retire(MarketState storage self, uint32 unbondSeconds, uint32 device) internal {
        DeviceRecord storage record = requireOwner(self, device);
        if (record.releaseAt != 0) revert IMarketErrors.DeviceIsRetired(device);
        self.removeBid(device, BidRemoval.Retired);
        uint40 releaseAt = uint40(block.timestamp + unbondSeconds);
        record.releaseAt = releaseAt;
        emit IMarketDesk.DeviceRetired(device, releaseAt);
    }

    /// @dev May be repeated: an unbonded lease that settles later leaves its pay as stake.
    function release(MarketState storage self, uint32 device) internal {
        DeviceRecord storage record = requireOwner(self, device);
        if (record.releaseAt == 0) revert IMarketErrors.DeviceNotRetired(device);
        if (block.timestamp < record.releaseAt) revert IMarketErrors.DeviceUnbonding(device, record.releaseAt);
        if (record.word.locked() != 0) revert IMarketErrors.DeviceBusy(device, record.word.locked());
        uint256 amount = record.word.stake();
        record.word = record.word.withStake(0);
        self.credit(msg.sender, amount);
        emit IMarketDesk.DeviceReleased(device, uint64(amount));
    }

    /// @notice Takes `amount` of stake for a proven wrong and bans the device: half is burned, of the rest the finder gets
    /// three fifths and the consumer two, or the finder all where no consumer was wronged. Half is burned because a liar
    /// that finds itself would otherwise get its stake back.
    function slash(MarketState storage self, uint32 device, uint256 amount, address finder, address consumer, bytes32 reason) internal {
        DeviceRecord storage record = self.devices[device];
        self.removeBid(device, BidRemoval.Faulted);
        record.word = record.word.withStake(record.word.stake() - amount).withBanned();
        uint256 burned = (amount + 1) / 2;
        uint256 compensation = consumer == address(0) ? 0 : amount / 5;
        self.credit(BURNED, burned);
        self.credit(consumer, compensation);
        self.credit(finder, amount - burned - compensation);
        emit IMarketDesk.DeviceSlashed(device, uint64(amount), finder, reason);
    }

    /// @notice Adds to a device's stake what it earned or gets back; to its owner's credit where the field is full, so that no
    /// settlement ever fails for a field's size.
    function addWinnings(MarketState storage self, uint256 device, uint256 amount) internal {
        DeviceRecord storage record = self.devices[device];
        record.word = withWinnings(self, record, record.word, amount);
    }

    /// @notice The same for a word in hand, which the caller writes.
    function withWinnings(MarketState storage self, DeviceRecord storage record, DeviceWord word, uint256 amount)
        internal
        returns (DeviceWord)
    {
        uint256 stake = word.stake() + amount;
        if (stake <= DeviceWordLib.MAX_STAKE) return word.withStake(stake);
        self.credit(record.owner, amount);
        return word;
    }

    /// @notice Stake that backs no bond and is not the minimum: for new bonds, or for its owner.
    function freeStake(DeviceWord word, uint64 minStake) internal pure returns (uint256) {
        unchecked {
            // Three fields below 2^64.
            uint256 bound = word.locked() + minStake;
            return word.stake() > bound ? word.stake() - bound : 0;
        }
    }
}
