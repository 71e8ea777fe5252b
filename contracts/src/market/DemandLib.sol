// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ByteTreeLib} from "./ByteTreeLib.sol";
import {IMarketCourt} from "./IMarketCourt.sol";
import {IMarketErrors} from "./IMarketErrors.sol";
import {LeaseLib, Opened} from "./LeaseLib.sol";
import {LedgerLib} from "./LedgerLib.sol";
import {DemandRecord, MarketState} from "./MarketState.sol";
import {Demand, LeaseState, Parameters, Terms} from "./MarketTypes.sol";
import {PieceLib} from "./PieceLib.sol";
import {Lease} from "./words/Lease.sol";

/// @notice Makes a device that committed a result also show it. Kept: at most one demand is open per lease (the consumer's takes a stranger's place), its deposit leaves the
/// market's hands exactly once, and an open demand bars settlement.
library DemandLib {
    using LeaseLib for MarketState;
    using LeaseLib for Opened;
    using LedgerLib for MarketState;

    // In a record: kind 1 | status 1 | exit code 4 | fuel 8 | output length 8 | output root 32.
    uint256 private constant OUTPUT_LENGTH = 14;
    uint256 private constant OUTPUT_ROOT = 22;

    function demand(MarketState storage self, Parameters memory p, Terms memory terms, Lease lease, Demand calldata what)
        internal
    {
        Opened memory opened = self.open(terms, lease);
        opened.requireState(LeaseState.Committed);
        address consumer = terms.cost.consumer();
        if (opened.word.demanded()) {
            // Else whoever asks first could keep the consumer from its output for as long as the window.
            address by = self.demands[opened.key].by;
            if (msg.sender != consumer || by == consumer) revert IMarketErrors.DemandOpen(opened.key);
            close(self, opened, by);
        }
        if (block.timestamp >= opened.word.time()) revert IMarketErrors.LeaseWindowOver(opened.key, opened.word.time());
        if (what.output && msg.sender != consumer) revert IMarketErrors.DemandNotConsumer(consumer, msg.sender);
        bool shaped = what.output
            ? PieceLib.shaped(what.firstLeaf, what.leaves)
            : what.leaves == 0 && what.firstLeaf == 0;
        if (!shaped || what.index < lease.first() || what.index - lease.first() >= lease.count()) {
            revert IMarketErrors.DemandRange(what.index);
        }

        uint40 until = uint40(block.timestamp + p.demandSeconds);
        self.debit(msg.sender, p.demandDeposit);
        self.demands[opened.key] =
            DemandRecord(msg.sender, p.demandDeposit, until, what.index, what.output, what.firstLeaf, what.leaves);
        self.leases[opened.key] = opened.word.withDemand(true);
        emit IMarketCourt.Demanded(opened.key, msg.sender, what, p.demandDeposit, until);
    }

    /// @notice Pays the deposit to whoever shows what was asked for. An output demand beyond the output's end is answered by the
    /// record alone, which says where the output ends.
    function answer(
        MarketState storage self,
        Terms memory terms,
        Lease lease,
        bytes calldata record,
        bytes32[] calldata recordProof,
        bytes calldata output,
        bytes32[] calldata outputProof
    ) internal {
        Opened memory opened = self.open(terms, lease);
        DemandRecord memory asked = requireOpen(self, opened);
        if (block.timestamp > asked.until) revert IMarketErrors.DemandTooLate(opened.key, asked.until);
        requireRecord(opened, lease, asked.index, record, recordProof);
        bytes calldata shown = record;
        if (asked.output) {
            uint256 length = uint64(bytes8(record[OUTPUT_LENGTH:OUTPUT_LENGTH + 8]));
            if (uint256(asked.firstLeaf) * ByteTreeLib.LEAF < length) {
                requirePiece(opened.key, asked, bytes32(record[OUTPUT_ROOT:OUTPUT_ROOT + 32]), length, output, outputProof);
                shown = output;
            }
        }
        close(self, opened, msg.sender);
        emit IMarketCourt.Answered(opened.key, shown);
    }

    /// @notice Returns the deposit of a demand that nobody answered in time; the caller lets the lease fall.
    function expireDemand(MarketState storage self, Opened memory opened) internal {
        DemandRecord memory asked = requireOpen(self, opened);
        if (block.timestamp <= asked.until) revert IMarketErrors.DemandUnanswerable(opened.key, asked.until);
        close(self, opened, asked.by);
    }

    /// @notice Returns the deposit of a demand on a lease that falls for another reason.
    function drop(MarketState storage self, Opened memory opened) internal {
        if (opened.word.demanded()) close(self, opened, self.demands[opened.key].by);
    }

    function requireOpen(MarketState storage self, Opened memory opened) private view returns (DemandRecord memory asked) {
        if (!opened.word.demanded()) revert IMarketErrors.DemandNone(opened.key);
        asked = self.demands[opened.key];
    }

    function close(MarketState storage self, Opened memory opened, address to) private {
        uint256 deposit = self.demands[opened.key].deposit;
        delete self.demands[opened.key];
        opened.word = opened.word.withDemand(false);
        self.leases[opened.key] = opened.word;
        self.credit(to, deposit);
    }

    function requireRecord(Opened memory opened, Lease lease, uint32 index, bytes calldata record, bytes32[] calldata proof)
        private
        pure
    {
        bool fits = record.length == ByteTreeLib.LEAF && proof.length == ByteTreeLib.depth(lease.count() * ByteTreeLib.LEAF);
        if (!fits || !opened.word.holdsRoot(ByteTreeLib.climb(keccak256(record), index - lease.first(), proof))) {
            revert IMarketErrors.DemandMismatch(opened.key);
        }
    }

    function requirePiece(
        bytes32 key,
        DemandRecord memory asked,
        bytes32 root,
        uint256 length,
        bytes calldata output,
        bytes32[] calldata proof
    ) private pure {
        if (!PieceLib.holds(root, length, asked.firstLeaf, asked.leaves, output, proof)) revert IMarketErrors.DemandMismatch(key);
    }
}
