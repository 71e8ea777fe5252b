// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {BidLib} from "./BidLib.sol";
import {CandidateLib, Cursor} from "./CandidateLib.sol";
import {IMarketLens} from "./IMarketLens.sol";
import {LedgerLib} from "./LedgerLib.sol";
import {MarketBase, Setup} from "./MarketBase.sol";
import {DeviceRecord, MarketState} from "./MarketState.sol";
import {Bid, Capability, Claim, Device, LeaseState, LeaseStatus, Offer, Parameters, Quote, Scope, Terms} from "./MarketTypes.sol";
import {MatchLib} from "./MatchLib.sol";
import {PriceLib} from "./PriceLib.sol";
import {TermsLib} from "./TermsLib.sol";
import {Lease} from "./words/Lease.sol";
import {LeaseWord} from "./words/LeaseWord.sol";
import {OfferWord, OfferWordLib} from "./words/OfferWord.sol";

/// @notice The code of a market's views. Runs on ComputeMarket's storage; deployed first, it fixes what the market's parts share.
contract MarketLens is IMarketLens, MarketBase {
    using BidLib for MarketState;
    using CandidateLib for MarketState;
    using LedgerLib for MarketState;
    using MatchLib for MarketState;

    constructor(address asset_, address registry_, Parameters memory p)
        MarketBase(Setup(asset_, registry_, uint40(block.timestamp), blockhash(block.number - 1), p))
    {}

    /// @notice For the constructor of the court.
    function setup() external view returns (Setup memory) {
        return _setup();
    }

    /// @inheritdoc IMarketLens
    function version() external pure returns (uint32) {
        return 1;
    }

    /// @inheritdoc IMarketLens
    function genesis() external view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), _stamp));
    }

    /// @inheritdoc IMarketLens
    function asset() external view returns (address) {
        return address(_asset);
    }

    /// @inheritdoc IMarketLens
    function registry() external view returns (address) {
        return _registry;
    }

    /// @inheritdoc IMarketLens
    function parameters() external view returns (Parameters memory) {
        return _parameters();
    }

    /// @inheritdoc IMarketLens
    function balanceOf(address account) external view returns (uint128) {
        return _state.balance(account);
    }

    /// @inheritdoc IMarketLens
    function nonceOf(address consumer) external view returns (uint64) {
        return _state.nonce(consumer);
    }

    /// @inheritdoc IMarketLens
    function deviceCount() external view returns (uint32) {
        return _state.deviceCount;
    }

    /// @inheritdoc IMarketLens
    function device(uint32 id) external view returns (Device memory) {
        DeviceRecord storage r = _state.devices[id];
        return Device(
            r.owner,
            r.operator,
            uint64(r.word.stake()),
            uint64(r.word.locked()),
            r.releaseAt,
            r.cooldownUntil,
            r.word.banned(),
            Capability(r.classKey, r.score, r.memoryMiB, r.lanes, r.expiresAt)
        );
    }

    /// @inheritdoc IMarketLens
    function wasOperator(uint32 id, address account) external view returns (bool) {
        return account != address(0) && (_state.devices[id].operator == account || _state.pastOperators[id][account]);
    }

    /// @inheritdoc IMarketLens
    function bid(uint32 id) external view returns (Bid memory) {
        return _state.view_(_genesisTime, id);
    }

    /// @inheritdoc IMarketLens
    function bookTicks(uint32 classKey) external view returns (uint256[8] memory) {
        return _state.books[classKey].ticks;
    }

    /// @inheritdoc IMarketLens
    function bids(uint32 classKey, uint32 start, uint16 max) external view returns (Bid[] memory found) {
        Cursor memory cursor;
        cursor.maxTick = PriceLib.MAX_TICK;
        if (start != 0) {
            cursor.from = _state.devices[start].word.tick() + 1;
            cursor.upcoming = _state.devices[start].word.next();
        }
        found = new Bid[](max);
        uint256 count = 0;
        while (count < max) {
            (uint256 id,) = _state.next(_state.books[classKey], cursor);
            if (id == 0) break;
            found[count++] = _state.view_(_genesisTime, uint32(id));
        }
        // Shortens the array in place: its length is its first word.
        assembly ("memory-safe") {
            mstore(found, count)
        }
    }

    /// @inheritdoc IMarketLens
    function offer(bytes32 offerId) external view returns (Offer memory) {
        OfferWord w = _state.offers[offerId];
        return Offer(
            w.exists(),
            w.cancelled(),
            uint128(w.escrow()),
            uint32(w.next()),
            uint32(w.settled()),
            uint32(w.outstanding()),
            uint32(w.freedRanges()),
            uint32(w.tips())
        );
    }

    /// @inheritdoc IMarketLens
    function lease(bytes32 leaseKey) external view returns (LeaseStatus memory) {
        LeaseWord w = _state.leases[leaseKey];
        bool rooted = w.state() != LeaseState.Leased;
        return LeaseStatus(w.state(), w.time(), w.late(), w.demanded(), rooted ? w.root() : bytes32(0));
    }

    /// @inheritdoc IMarketLens
    function quote(Terms calldata terms, Scope calldata scope) external view returns (Quote memory) {
        TermsLib.requireScope(terms, scope);
        bytes32 offerId = TermsLib.offerId(terms);
        OfferWord word = _state.offers[offerId];
        if (!word.exists()) word = OfferWordLib.opened(0);
        return _state.quote(terms, scope.classKey, scope.devices, offerId, word, _parameters(), _genesisTime);
    }

    /// @inheritdoc IMarketLens
    function offerIdOf(Terms calldata terms) external view returns (bytes32) {
        return TermsLib.offerId(terms);
    }

    /// @inheritdoc IMarketLens
    function leaseKeyOf(bytes32 offerId, Lease lease_) external pure returns (bytes32) {
        return TermsLib.leaseKey(offerId, lease_);
    }

    /// @inheritdoc IMarketLens
    function price(uint16 tick) external pure returns (uint128) {
        return uint128(PriceLib.price(tick));
    }

    /// @inheritdoc IMarketLens
    function escrowOf(Terms calldata terms) external view returns (uint128) {
        return uint128(TermsLib.escrowUp(terms, _feeBps));
    }

    /// @inheritdoc IMarketLens
    function payOf(Terms calldata terms, Lease lease_) external pure returns (uint128) {
        return uint128(PriceLib.costDown(lease_.unitPrice(), terms.cost.mfuel(), lease_.count()));
    }

    /// @inheritdoc IMarketLens
    function bondOf(Terms calldata terms, uint32 count) external pure returns (uint64) {
        return uint64(TermsLib.bondUp(terms, count));
    }

    /// @inheritdoc IMarketLens
    function totals(address[] calldata accounts, Claim[] calldata claims)
        external
        view
        returns (uint256 credits, uint256 stakes, uint256 escrows, uint256 held)
    {
        for (uint256 i = 0; i < accounts.length; i++) credits += _state.balance(accounts[i]);
        for (uint256 i = 1; i <= _state.deviceCount; i++) stakes += _state.devices[i].word.stake();
        bytes32 last = 0;
        for (uint256 i = 0; i < claims.length; i++) {
            bytes32 offerId = TermsLib.offerId(claims[i].terms);
            escrows += _held(claims[i], offerId, offerId != last);
            last = offerId;
        }
        held = _asset.balanceOf(address(this));
    }

    // ----------------------------------------------------------------- private

    /// @dev What the market holds for one lease: the deposit of a demand on it and, if asked, its offer's escrow.
    function _held(Claim calldata claim, bytes32 offerId, bool withEscrow) private view returns (uint256 amount) {
        OfferWord word = _state.offers[offerId];
        bytes32 key = TermsLib.leaseKey(offerId, claim.lease);
        LeaseState state = _state.leases[key].state();
        bool isOpen = state == LeaseState.Leased || state == LeaseState.Committed || state == LeaseState.Disputed;
        if (isOpen) amount = _state.demands[key].deposit;
        if (!withEscrow) return amount;
        if (word.exists()) amount += word.escrow();
        else if (isOpen) amount += TermsLib.escrowUp(claim.terms, _feeBps);
    }
}
