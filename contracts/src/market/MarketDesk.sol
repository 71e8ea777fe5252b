// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {BidLib} from "./BidLib.sol";
import {DeviceLib} from "./DeviceLib.sol";
import {IMarketDesk} from "./IMarketDesk.sol";
import {LedgerLib} from "./LedgerLib.sol";
import {MarketBase, Setup} from "./MarketBase.sol";
import {MarketCourt} from "./MarketCourt.sol";
import {DeviceRecord, MarketState} from "./MarketState.sol";
import {Capability} from "./MarketTypes.sol";

/// @notice The code of a market's money, devices and bids. Runs on ComputeMarket's storage; holds nothing itself.
contract MarketDesk is IMarketDesk, MarketBase, ReentrancyGuardTransient {
    using BidLib for MarketState;
    using DeviceLib for MarketState;
    using LedgerLib for MarketState;
    using SafeERC20 for IERC20;

    address private immutable _court;

    constructor(MarketCourt court) MarketBase(court.setup()) {
        _court = address(court);
    }

    fallback() external {
        _runAs(_court);
    }

    /// @notice For the constructor of the market.
    function setup() external view returns (Setup memory) {
        return _setup();
    }

    // ------------------------------------------------------------------- money

    /// @inheritdoc IMarketDesk
    function deposit(uint128 amount) public nonReentrant {
        if (amount == 0) revert AccountZeroAmount();
        // The call cannot come last: what arrived is only known after it. The guard keeps a hostile asset from nesting.
        uint256 before = _asset.balanceOf(address(this));
        _asset.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = _asset.balanceOf(address(this)) - before;
        if (received != amount) revert AccountDepositShort(amount, received);
        _state.credit(msg.sender, amount);
        emit Deposited(msg.sender, amount);
    }

    /// @inheritdoc IMarketDesk
    function depositWithPermit(uint128 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external {
        // Anyone may have used the permit already; then the allowance is there and the deposit goes on.
        try IERC20Permit(address(_asset)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        deposit(amount);
    }

    /// @inheritdoc IMarketDesk
    function withdraw(uint128 amount) external nonReentrant {
        if (amount == 0) revert AccountZeroAmount();
        _state.debit(msg.sender, amount);
        emit Withdrawn(msg.sender, amount);
        _asset.safeTransfer(msg.sender, amount);
    }

    // ----------------------------------------------------------------- devices

    /// @inheritdoc IMarketDesk
    function registerDevice(address operator, uint64 stake, string calldata endpoint, bytes32 transportKey)
        external
        returns (uint32 id)
    {
        id = _state.register(_minStake, operator, stake);
        emit DeviceRegistered(id, msg.sender, operator, stake, endpoint, transportKey);
    }

    /// @inheritdoc IMarketDesk
    function setEndpoint(uint32 id, string calldata endpoint, bytes32 transportKey) external {
        _state.requireOperator(id);
        emit EndpointSet(id, endpoint, transportKey);
    }

    /// @inheritdoc IMarketDesk
    function setOperator(uint32 id, address operator) external {
        _state.setOperator(id, operator);
    }

    /// @inheritdoc IMarketDesk
    function addStake(uint32 id, uint64 amount) external {
        _state.addStake(id, amount);
    }

    /// @inheritdoc IMarketDesk
    function unstake(uint32 id, uint64 amount) external {
        _state.unstake(_minStake, id, amount);
    }

    /// @inheritdoc IMarketDesk
    function retire(uint32 id) external {
        _state.retire(_unbondSeconds, id);
    }

    /// @inheritdoc IMarketDesk
    function release(uint32 id) external {
        _state.release(id);
    }

    /// @inheritdoc IMarketDesk
    function setCapability(uint32 id, Capability calldata capability) external {
        if (msg.sender != _registry) revert DeviceNotRegistry(msg.sender);
        _state.setCapability(_genesisTime, id, capability);
    }

    /// @inheritdoc IMarketDesk
    function punish(uint32 id, uint64 amount, address finder) external {
        if (msg.sender != _registry) revert DeviceNotRegistry(msg.sender);
        DeviceRecord storage record = _state.devices[id];
        uint256 unlocked = record.word.stake() - record.word.locked();
        _state.slash(id, amount < unlocked ? amount : unlocked, finder, address(0), "contradiction");
    }

    // -------------------------------------------------------------------- book

    /// @inheritdoc IMarketDesk
    function placeBid(uint32 id, uint32 classKey, uint16 tick, uint16 lanes, uint40 validUntil, uint8 verdictMask) external {
        _state.requireOperator(id);
        _state.place(_genesisTime, id, classKey, tick, lanes, validUntil, verdictMask);
    }

    /// @inheritdoc IMarketDesk
    function announceBid(uint32 id, uint16 tick, uint16 lanes, uint40 validUntil) external {
        _state.requireOperator(id);
        _state.announce(_genesisTime, _firmSeconds, id, tick, lanes, validUntil);
    }

    /// @inheritdoc IMarketDesk
    function activateBid(uint32 id) external {
        _state.activate(_genesisTime, id);
    }

    /// @inheritdoc IMarketDesk
    function extendBid(uint32 id, uint40 validUntil) external {
        _state.requireOperator(id);
        _state.extend(_genesisTime, id, validUntil);
    }

    /// @inheritdoc IMarketDesk
    function pruneBid(uint32 id) external {
        _state.prune(_genesisTime, id);
    }
}
