// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {DemandLib} from "./DemandLib.sol";
import {DeviceLib} from "./DeviceLib.sol";
import {IMarketCourt} from "./IMarketCourt.sol";
import {IMarketLeases} from "./IMarketLeases.sol";
import {LeaseLib, Opened} from "./LeaseLib.sol";
import {MarketBase, Setup} from "./MarketBase.sol";
import {MarketLens} from "./MarketLens.sol";
import {DeviceRecord, MarketState} from "./MarketState.sol";
import {BidRemoval, Demand, LeaseState, Terms} from "./MarketTypes.sol";
import {OfferLib} from "./OfferLib.sol";
import {TermsLib} from "./TermsLib.sol";
import {Lease} from "./words/Lease.sol";

/// @notice The code of a market's cancelling, closing, summonses, demands and verdicts. Runs on ComputeMarket's storage; holds nothing itself.
contract MarketCourt is IMarketCourt, MarketBase {
    using DemandLib for MarketState;
    using DeviceLib for MarketState;
    using LeaseLib for MarketState;
    using LeaseLib for Opened;
    using OfferLib for MarketState;

    address private immutable _lens;

    constructor(MarketLens lens) MarketBase(lens.setup()) {
        _lens = address(lens);
    }

    fallback() external {
        _runAs(_lens);
    }

    /// @notice For the constructor of the desk.
    function setup() external view returns (Setup memory) {
        return _setup();
    }

    // ------------------------------------------------------------------- offers

    /// @inheritdoc IMarketCourt
    function cancelOffer(Terms calldata terms) external returns (uint128 refund) {
        return _state.cancel(terms, _feeBps);
    }

    /// @inheritdoc IMarketCourt
    function closeOffer(Terms calldata terms) external returns (uint128 refund) {
        return _state.close(terms);
    }

    // --------------------------------------------------------------- summonses

    /// @inheritdoc IMarketCourt
    function summon(Terms calldata terms, Lease lease_) external {
        address consumer = terms.cost.consumer();
        if (msg.sender != consumer) revert OfferNotConsumer(consumer, msg.sender);
        Opened memory opened = _state.open(terms, lease_);
        opened.requireState(LeaseState.Leased);
        if (opened.word.summoned()) revert LeaseSummoned(opened.key);
        uint40 by = uint40(block.timestamp + _summonsSeconds);
        _state.leases[opened.key] = opened.word.withSummons(by);
        emit Summoned(opened.key, opened.offerId, lease_.device(), by);
    }

    /// @inheritdoc IMarketCourt
    function appear(Terms calldata terms, Lease lease_) external {
        Opened memory opened = _state.open(terms, lease_);
        opened.requireState(LeaseState.Leased);
        _state.requireOperator(lease_.device());
        if (!opened.word.awaited()) revert LeaseNotSummoned(opened.key);
        _state.leases[opened.key] = opened.word.withAppearance();
        emit Appeared(opened.key, opened.offerId, lease_.device());
    }

    // ----------------------------------------------------------------- demands

    /// @inheritdoc IMarketCourt
    function demand(Terms calldata terms, Lease lease_, Demand calldata what) external {
        _state.demand(_parameters(), terms, lease_, what);
    }

    /// @inheritdoc IMarketCourt
    function answer(
        Terms calldata terms,
        Lease lease_,
        bytes calldata record,
        bytes32[] calldata recordProof,
        bytes calldata output,
        bytes32[] calldata outputProof
    ) external {
        _state.answer(terms, lease_, record, recordProof, output, outputProof);
    }

    /// @inheritdoc IMarketCourt
    function failDemand(Terms calldata terms, Lease lease_) external {
        Opened memory opened = _state.open(terms, lease_);
        _state.expireDemand(opened);
        opened.requireState(LeaseState.Committed); // else a liar could escape its judge by not answering a demand of its own
        _forfeit(terms, lease_, opened);
    }

    // ---------------------------------------------------------------- verdicts

    /// @inheritdoc IMarketCourt
    function openDispute(Terms calldata terms, Lease lease_, address challenger)
        external
        returns (address operator, bytes32 root, uint40 until)
    {
        if (msg.sender != _verdictModule) revert VerdictNotModule(msg.sender);
        Opened memory opened = _state.open(terms, lease_);
        bool joined = opened.word.state() == LeaseState.Disputed;
        if (!joined) opened.requireState(LeaseState.Committed);
        (operator, root, until) = (_state.devices[lease_.device()].operator, opened.word.root(), opened.word.time());
        if (joined) return (operator, root, until);
        if (block.timestamp >= until) revert LeaseWindowOver(opened.key, until);
        until += _disputeSeconds;
        _state.leases[opened.key] = opened.word.withState(LeaseState.Disputed, until);
        emit Disputed(opened.key, opened.offerId, challenger, until);
    }

    /// @inheritdoc IMarketCourt
    function resolve(Terms calldata terms, Lease lease_, bool upheld, address finder) external {
        if (msg.sender != _verdictModule) revert VerdictNotModule(msg.sender);
        Opened memory opened = _state.open(terms, lease_);
        opened.requireState(LeaseState.Disputed);
        if (block.timestamp > opened.word.time()) revert LeaseWindowOver(opened.key, opened.word.time());
        emit Resolved(opened.key, opened.offerId, upheld);
        if (upheld) {
            _state.leases[opened.key] = opened.word.withState(LeaseState.Committed, opened.word.time() - _disputeSeconds);
            return;
        }
        _state.drop(opened);
        _state.fail(_feeBps, terms, lease_, opened, 0, false);
        DeviceRecord storage record = _state.devices[lease_.device()];
        uint256 unlocked = record.word.stake() - record.word.locked();
        uint256 amount = TermsLib.bondUp(terms, lease_.count()) + _minStake;
        _state.slash(lease_.device(), amount < unlocked ? amount : unlocked, finder, terms.cost.consumer(), opened.key);
    }

    /// @inheritdoc IMarketCourt
    function forfeit(Terms calldata terms, Lease lease_) external {
        if (msg.sender != _verdictModule) revert VerdictNotModule(msg.sender);
        Opened memory opened = _state.open(terms, lease_);
        opened.requireState(LeaseState.Disputed);
        if (block.timestamp > opened.word.time()) revert LeaseWindowOver(opened.key, opened.word.time());
        _state.drop(opened);
        _forfeit(terms, lease_, opened);
    }

    /// @inheritdoc IMarketCourt
    function voidLease(Terms calldata terms, Lease lease_) external {
        Opened memory opened = _state.open(terms, lease_);
        LeaseState state = opened.word.state();
        if (state == LeaseState.Disputed) {
            if (block.timestamp <= opened.word.time()) revert VerdictPending(opened.key, opened.word.time());
        } else if (state != LeaseState.Leased && state != LeaseState.Committed) {
            revert LeaseWrongState(opened.key, state);
        } else if (!_state.devices[lease_.device()].word.banned()) {
            revert LeaseNotVoid(opened.key, lease_.device());
        }
        _state.drop(opened);
        emit IMarketLeases.Voided(opened.key, opened.offerId, lease_.device());
        _state.fail(_feeBps, terms, lease_, opened, 0, false);
    }

    function _forfeit(Terms calldata terms, Lease lease_, Opened memory opened) private {
        uint256 penalty = TermsLib.bondUp(terms, lease_.count());
        emit DemandFailed(opened.key, opened.offerId, lease_.device(), uint128(penalty));
        _fail(terms, lease_, opened, penalty, false, BidRemoval.Faulted);
    }
}
