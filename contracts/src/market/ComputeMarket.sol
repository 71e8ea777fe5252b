// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {DeviceLib} from "./DeviceLib.sol";
import {IMarketDesk} from "./IMarketDesk.sol";
import {IMarketLeases} from "./IMarketLeases.sol";
import {LeaseLib, Opened} from "./LeaseLib.sol";
import {MarketBase} from "./MarketBase.sol";
import {DeviceRecord, MarketState} from "./MarketState.sol";
import {BidRemoval, Claim, Commitment, LeaseState, Parameters, Scope, Terms, Verdict, Work} from "./MarketTypes.sol";
import {MarketDesk} from "./MarketDesk.sol";
import {MatchLib} from "./MatchLib.sol";
import {OfferLib} from "./OfferLib.sol";
import {PriceLib} from "./PriceLib.sol";
import {TermsLib} from "./TermsLib.sol";
import {Lease} from "./words/Lease.sol";
import {OfferWord} from "./words/OfferWord.sol";
import {CostWord, RuleWord} from "./words/TermsWords.sol";

/// @notice All funds, and the entry points that every job pays gas for; the rules are in the libraries. The whole surface is
/// IComputeMarket: calls that are not here run as MarketDesk's code.
contract ComputeMarket is IMarketLeases, MarketBase, EIP712 {
    using DeviceLib for MarketState;
    using LeaseLib for MarketState;
    using LeaseLib for Opened;
    using MatchLib for MarketState;
    using OfferLib for MarketState;

    bytes32 private constant ACCEPTANCE = keccak256("Acceptance(bytes32 lease,bytes32 resultRoot)");
    /// @dev A device that says its input cannot be had pays nothing so often a day: withheld inputs must not cost honest devices.
    uint256 private constant FREE_DECLINES = 3;
    uint8 private constant LAST_FREE_REASON = 2;

    address private immutable _desk;

    constructor(MarketDesk desk) MarketBase(desk.setup()) EIP712("ComputeMarket", "1") {
        _desk = address(desk);
    }

    fallback() external {
        _runAs(_desk);
    }

    // ------------------------------------------------------------------ offers

    /// @inheritdoc IMarketLeases
    function postOffer(CostWord cost, RuleWord rules, Work calldata work, uint32 classKey, uint32[] calldata devices)
        external
        returns (bytes32 offerId)
    {
        Terms memory terms = Terms(cost, rules, TermsLib.scopeHash(classKey, keccak256(abi.encode(work)), devices));
        OfferWord word;
        (offerId, word) = _state.post(terms, classKey, devices, work, _parameters());
        _state.offers[offerId] = word;
    }

    /// @inheritdoc IMarketLeases
    function postAndMatch(CostWord cost, RuleWord rules, Work calldata work, uint32 classKey, uint32[] calldata devices)
        external
        returns (bytes32 offerId, uint32 leases, uint32 tasklets)
    {
        Terms memory terms = Terms(cost, rules, TermsLib.scopeHash(classKey, keccak256(abi.encode(work)), devices));
        Parameters memory p = _parameters();
        OfferWord word;
        (offerId, word) = _state.post(terms, classKey, devices, work, p);
        bool sole;
        (word, leases, tasklets, sole) = _state.lease(terms, classKey, devices, offerId, word, p, _genesisTime, false);
        // An offer that one lease fills needs no word: everything about it follows from its terms.
        if (!sole) _state.offers[offerId] = word;
    }

    /// @inheritdoc IMarketLeases
    function matchOffer(Terms calldata terms, Scope calldata scope) external returns (uint32 leases, uint32 tasklets) {
        TermsLib.requireScope(terms, scope);
        bytes32 offerId = TermsLib.offerId(terms);
        OfferWord word = _state.requireOpen(offerId);
        (word, leases, tasklets,) =
            _state.lease(terms, scope.classKey, scope.devices, offerId, word, _parameters(), _genesisTime, true);
        if (leases == 0) revert OfferNoMatch(offerId);
        _state.offers[offerId] = _state.tipMatch(terms, offerId, word, leases);
    }

    // ------------------------------------------------------------------ leases

    /// @inheritdoc IMarketLeases
    function commit(Terms calldata terms, Lease lease_, bytes32 resultRoot) external {
        _commit(terms, lease_, resultRoot);
    }

    /// @inheritdoc IMarketLeases
    function commitAccepted(Terms calldata terms, Lease lease_, bytes32 resultRoot, bytes calldata acceptance) external {
        Opened memory opened = _state.commit(_graceSeconds, terms, lease_, resultRoot);
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(ACCEPTANCE, opened.key, resultRoot)));
        if (!SignatureChecker.isValidSignatureNowCalldata(terms.cost.consumer(), digest, acceptance)) {
            revert LeaseAcceptance(opened.key, terms.cost.consumer());
        }
        _state.settle(_fees(), terms, lease_, opened, true);
    }

    /// @inheritdoc IMarketLeases
    function commitMany(Commitment[] calldata commitments, Claim[] calldata claims) external {
        for (uint256 i = 0; i < commitments.length; i++) {
            _commit(commitments[i].terms, commitments[i].lease, commitments[i].resultRoot);
        }
        for (uint256 i = 0; i < claims.length; i++) {
            _settle(claims[i].terms, claims[i].lease, _state.open(claims[i].terms, claims[i].lease));
        }
    }

    /// @inheritdoc IMarketLeases
    function accept(Terms calldata terms, Lease[] calldata leases) external {
        address consumer = terms.cost.consumer();
        if (msg.sender != consumer) revert OfferNotConsumer(consumer, msg.sender);
        if (leases.length == 0) revert LeaseNone();
        bytes32 offerId = TermsLib.offerId(terms);
        for (uint256 i = 0; i < leases.length; i++) {
            Opened memory opened = _state.openOf(offerId, leases[i]);
            opened.requireState(LeaseState.Committed);
            if (opened.word.demanded()) revert DemandOpen(opened.key);
            _state.settle(_fees(), terms, leases[i], opened, true);
        }
    }

    /// @inheritdoc IMarketLeases
    function settle(Terms calldata terms, Lease[] calldata leases) external {
        if (leases.length == 0) revert LeaseNone();
        bytes32 offerId = TermsLib.offerId(terms);
        for (uint256 i = 0; i < leases.length; i++) _settle(terms, leases[i], _state.openOf(offerId, leases[i]));
    }

    /// @inheritdoc IMarketLeases
    function expire(Terms calldata terms, Lease lease_) external {
        Opened memory opened = _state.open(terms, lease_);
        opened.requireState(LeaseState.Leased);
        uint256 expires = opened.word.expiresAt(_graceSeconds);
        if (block.timestamp <= expires) revert LeaseNotExpired(opened.key, uint40(expires));
        uint256 penalty = LeaseLib.penaltyOf(terms, lease_, _expireBps);
        emit Expired(opened.key, opened.offerId, lease_.device(), uint128(penalty));
        _fail(terms, lease_, opened, penalty, true, BidRemoval.Faulted);
    }

    /// @inheritdoc IMarketLeases
    function decline(Terms calldata terms, Lease lease_, uint8 reason) external {
        Opened memory opened = _state.open(terms, lease_);
        opened.requireState(LeaseState.Leased);
        DeviceRecord storage record = _state.requireOperator(lease_.device());
        bool free = reason != 0 && reason <= LAST_FREE_REASON && _useFreeDecline(record);
        uint256 penalty = free ? 0 : LeaseLib.penaltyOf(terms, lease_, _declineBps);
        emit Declined(opened.key, opened.offerId, lease_.device(), uint128(penalty), reason);
        _fail(terms, lease_, opened, penalty, !free, BidRemoval.Declined);
    }

    // ----------------------------------------------------------------- private

    function _commit(Terms calldata terms, Lease lease_, bytes32 resultRoot) private {
        Opened memory opened = _state.commit(_graceSeconds, terms, lease_, resultRoot);
        if (terms.rules.verdict() == uint8(Verdict.Trusted)) _state.settle(_fees(), terms, lease_, opened, true);
        else _state.leases[opened.key] = opened.word;
    }

    function _settle(Terms calldata terms, Lease lease_, Opened memory opened) private {
        opened.requireState(LeaseState.Committed);
        if (opened.word.demanded()) revert DemandOpen(opened.key);
        if (block.timestamp < opened.word.time()) revert LeaseWindowOpen(opened.key, opened.word.time());
        _state.settle(_fees(), terms, lease_, opened, false);
    }

    /// @dev declineDay: day modulo 4,096 in the upper 12 bits, declines that day in the lower 4.
    function _useFreeDecline(DeviceRecord storage record) private returns (bool) {
        uint256 day = (block.timestamp / 1 days) & 0xfff;
        uint256 used = record.declineDay >> 4 == day ? record.declineDay & 0xf : 0;
        if (used >= FREE_DECLINES) return false;
        record.declineDay = uint16((day << 4) | (used + 1));
        return true;
    }
}
