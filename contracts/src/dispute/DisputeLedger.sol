// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IComputeMarket} from "../market/IComputeMarket.sol";
import {Scope, Terms, Work} from "../market/MarketTypes.sol";
import {TermsLib} from "../market/TermsLib.sol";
import {Lease} from "../market/words/Lease.sol";
import {Dispute, IDisputeLedger} from "./IDisputeLedger.sol";

/// @notice Bonds and deposits, and what disputes of a lease come to: what games and requests have in common.
/// Kept: tokens held = bonds of unsettled games + deposits of unanswered requests + what is owed. A lease with an unsettled game that its
/// challenger won is never upheld, and one with a failed request is not either.
abstract contract DisputeLedger is IDisputeLedger, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    IComputeMarket internal immutable _MARKET;
    IERC20 private immutable _ASSET;
    mapping(address account => uint256) private _owed;
    mapping(bytes32 leaseKey => Dispute) private _disputes;

    constructor(IComputeMarket market, IERC20 asset) {
        (_MARKET, _ASSET) = (market, asset);
    }

    /// @inheritdoc IDisputeLedger
    function withdraw() external nonReentrant returns (uint256 amount) {
        amount = _owed[msg.sender];
        if (amount == 0) revert DisputeNothingOwed(msg.sender);
        _owed[msg.sender] = 0;
        emit BondsWithdrawn(msg.sender, amount);
        _ASSET.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IDisputeLedger
    function owed(address account) external view returns (uint256) {
        return _owed[account];
    }

    /// @inheritdoc IDisputeLedger
    function dispute(bytes32 leaseKey) external view returns (Dispute memory) {
        return _disputes[leaseKey];
    }

    /// @notice Longest time from the end of a window to the last verdict, in seconds.
    function _patience() internal view virtual returns (uint32);

    /// @notice Begins or joins the market's dispute of the lease.
    /// @param requesting requests can be made in the window alone, games as long as an answer that came late leaves time for them
    function _enter(Terms calldata terms, Lease lease, bytes32 key, bool requesting)
        internal
        returns (Dispute memory d, address operator, bytes32 root)
    {
        d = _disputes[key];
        uint40 until;
        (operator, root, until) = _MARKET.openDispute(terms, lease, msg.sender);
        uint40 windowEnd = until - _patience();
        d.until = until;
        if (d.joinUntil < windowEnd) d.joinUntil = windowEnd;
        uint40 end = requesting ? windowEnd : d.joinUntil;
        if (d.fallen || block.timestamp >= end) revert DisputeWindowOver(key, end);
    }

    /// @notice Whether the market still takes a verdict; after `until` it does not, and anyone may void the lease there.
    function _heard(Dispute memory d) internal view returns (bool) {
        return !d.fallen && block.timestamp <= d.until;
    }

    function _load(bytes32 key) internal view returns (Dispute memory) {
        return _disputes[key];
    }

    function _store(bytes32 key, Dispute memory d) internal {
        if (d.games == 0 && d.requests == 0) delete _disputes[key];
        else _disputes[key] = d;
    }

    /// @notice Puts the dispute down and tells the market what has come of it, if that is known now. A failed request waits for the last
    /// game: else a liar could pay a bond for not answering in place of what a proven lie costs.
    /// @param finder who proved the result wrong; zero: nobody
    function _conclude(Terms calldata terms, Lease lease, bytes32 key, Dispute memory d, address finder) internal {
        bool heard = _heard(d);
        bool overturned = heard && finder != address(0);
        bool forfeited = heard && !overturned && d.failed && d.games == 0;
        if (overturned || forfeited) d.fallen = true;
        _store(key, d);
        if (overturned) _MARKET.resolve(terms, lease, false, finder);
        else if (forfeited) _MARKET.forfeit(terms, lease);
        else if (heard && d.games == 0 && d.requests == 0) _MARKET.resolve(terms, lease, true, address(0));
    }

    function _credit(address account, uint256 amount) internal {
        _owed[account] += amount;
    }

    /// @notice Takes `amount` from what is owed to the caller or, if that is too little, from its tokens. Called last: the asset is
    /// not trusted, and what arrived is only known after the call.
    function _take(uint256 amount) internal {
        uint256 credit = _owed[msg.sender];
        if (credit >= amount) {
            _owed[msg.sender] = credit - amount;
            return;
        }
        uint256 before = _ASSET.balanceOf(address(this));
        _ASSET.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = _ASSET.balanceOf(address(this)) - before;
        if (received != amount) revert DisputeBondShort(amount, received);
    }

    /// @notice Reverts unless scope and work are the ones that the terms commit to.
    function _requireWork(Terms calldata terms, Scope calldata scope, Work calldata work) internal pure {
        bytes32 hash = TermsLib.scopeHash(scope.classKey, scope.work, scope.devices);
        if (hash != terms.scope) revert DisputeScope(terms.scope, hash);
        bytes32 workHash = keccak256(abi.encode(work));
        if (workHash != scope.work) revert DisputeWork(scope.work, workHash);
    }

    function _keyOf(Terms calldata terms, Lease lease) internal view returns (bytes32) {
        return TermsLib.leaseKey(TermsLib.offerIdAt(address(_MARKET), terms), lease);
    }
}
