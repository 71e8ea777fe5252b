// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ByteTreeLib} from "../market/ByteTreeLib.sol";
import {PieceLib} from "../market/PieceLib.sol";
import {Terms} from "../market/MarketTypes.sol";
import {Lease} from "../market/words/Lease.sol";
import {DisputeLedger} from "./DisputeLedger.sol";
import {Dispute} from "./IDisputeLedger.sol";
import {IInputOpener, InputNames} from "./IInputOpener.sol";
import {InputOpener} from "./InputOpener.sol";
import {IDisputeRequests, Piece, Request, RequestStage, Showing} from "./IDisputeRequests.sol";
import {ResultRecord} from "./ResultRecord.sol";
import {WorkInput} from "./WorkInput.sol";

/// @notice Makes devices show what their results rest on.
abstract contract DisputeRequests is IDisputeRequests, DisputeLedger {
    struct Asked {
        address by; // slot 0
        uint40 until; // slot 0, unix seconds: to answer, or to open games
        RequestStage stage; // slot 0
    }

    IInputOpener internal immutable _INPUTS;
    uint64 internal immutable _DEPOSIT;
    uint32 internal immutable _ANSWER_SECONDS;
    mapping(uint256 id => Asked) private _asked;

    constructor(uint64 deposit, uint32 answerSeconds) {
        (_DEPOSIT, _ANSWER_SECONDS) = (deposit, answerSeconds);
        _INPUTS = new InputOpener();
    }

    /// @inheritdoc IDisputeRequests
    function request(Terms calldata terms, Lease lease, Request calldata what) external nonReentrant returns (uint256 id) {
        bytes32 key = _keyOf(terms, lease);
        (Dispute memory d,,) = _enter(terms, lease, key, true);
        _requireShape(lease, what);
        id = requestIdOf(key, what);
        if (_asked[id].stage != RequestStage.Unknown) revert RequestExists(id);
        uint40 until = uint40(block.timestamp) + _ANSWER_SECONDS;
        _asked[id] = Asked(msg.sender, until, RequestStage.Open);
        d.requests++;
        _store(key, d);
        emit PieceRequested(key, id, msg.sender, lease, what, until);
        _take(_DEPOSIT);
    }

    /// @inheritdoc IDisputeRequests
    function show(Terms calldata terms, Lease lease, Request calldata what, Showing calldata showing) external nonReentrant {
        bytes32 key = _keyOf(terms, lease);
        uint256 id = requestIdOf(key, what);
        Asked memory asked = _asked[id];
        if (asked.stage != RequestStage.Open) revert RequestUnknown(id);
        Dispute memory d = _load(key);
        if (block.timestamp > asked.until || !_heard(d)) revert RequestTooLate(id, asked.until);
        bytes calldata data = showing.data;
        bytes memory opening = "";
        if (what.piece == Piece.Record) {
            (,bytes32 root,) = _MARKET.openDispute(terms, lease, msg.sender);
            data = showing.record;
            if (!ResultRecord.isUnder(root, data, what.index - lease.first(), lease.count(), showing.recordProof)) revert RequestMismatch(id);
            opening = abi.encodePacked(showing.recordProof);
        } else if (_requirePiece(id, terms, what, showing)) {
            opening = showing.record;
        }

        _credit(msg.sender, _DEPOSIT);
        emit PieceShown(key, id, msg.sender, data, opening);
        uint40 time = uint40(block.timestamp) + _ANSWER_SECONDS;
        if (time > d.joinUntil) {
            // Whoever waited for this answer must have time to use it.
            _asked[id] = Asked(asked.by, time, RequestStage.Answered);
            d.joinUntil = time;
            _store(key, d);
        } else {
            _asked[id].stage = RequestStage.Closed;
            d.requests--;
            emit RequestClosed(key, id, false);
            _conclude(terms, lease, key, d, address(0));
        }
    }

    /// @inheritdoc IDisputeRequests
    function closeRequest(Terms calldata terms, Lease lease, Request calldata what) external nonReentrant {
        bytes32 key = _keyOf(terms, lease);
        uint256 id = requestIdOf(key, what);
        Asked memory asked = _asked[id];
        if (asked.stage != RequestStage.Open && asked.stage != RequestStage.Answered) revert RequestUnknown(id);
        Dispute memory d = _load(key);
        bool heard = _heard(d);
        if (heard && block.timestamp <= asked.until) revert RequestRuns(id, asked.until);
        bool failed = heard && asked.stage == RequestStage.Open;
        _asked[id].stage = RequestStage.Closed;
        d.requests--;
        if (failed) d.failed = true;
        if (asked.stage == RequestStage.Open) _credit(asked.by, _DEPOSIT);
        emit RequestClosed(key, id, failed);
        _conclude(terms, lease, key, d, address(0));
    }

    /// @inheritdoc IDisputeRequests
    function requestOf(uint256 id) external view returns (RequestStage stage, address by, uint40 until) {
        Asked memory asked = _asked[id];
        return (asked.stage, asked.by, asked.until);
    }

    /// @inheritdoc IDisputeRequests
    function requestIdOf(bytes32 leaseKey, Request calldata what) public pure returns (uint256) {
        return uint256(keccak256(abi.encode(leaseKey, what)));
    }

    function _requireShape(Lease lease, Request calldata what) private pure {
        bool common = what.piece == Piece.Module || what.piece == Piece.Manifest;
        bool inLease = what.index >= lease.first() && what.index - lease.first() < lease.count();
        bool shaped = what.piece == Piece.Record ? what.leaves == 0 && what.firstLeaf == 0 : PieceLib.shaped(what.firstLeaf, what.leaves);
        if (!shaped || (common ? what.index != 0 : !inLease)) revert RequestShape(what);
    }

    /// @return ruled whether it is of an input that follows from a rule
    function _requirePiece(uint256 id, Terms calldata terms, Request calldata what, Showing calldata s) private view returns (bool ruled) {
        _requireWork(terms, s.scope, s.work);
        bool listed = WorkInput.isListed(s.work);
        (bytes32 root, uint256 length) = (s.work.module, s.work.limits.moduleLength());
        if (what.piece == Piece.Manifest) {
            // Inputs that follow from a rule have none.
            if (!listed) return false;
            (root, length) = (s.work.manifest, terms.cost.total() * ByteTreeLib.LEAF);
        } else if (what.piece != Piece.Module) {
            ruled = !listed;
            InputNames memory names = WorkInput.open(_INPUTS, s.work, terms.cost.total(), what.index, s.record, s.recordProof);
            // Nobody can be asked for what no transaction can show.
            if (names.unjudged) return ruled;
            (root, length) = what.piece == Piece.Frame ? (names.frameRoot, names.frameLength) : (names.stdinRoot, names.stdinLength);
        }
        // Beyond the end there is nothing to show but the length.
        if (uint256(what.firstLeaf) * ByteTreeLib.LEAF >= length) return ruled;
        if (!PieceLib.holds(root, length, what.firstLeaf, what.leaves, s.data, s.proof)) revert RequestMismatch(id);
    }
}
