// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IComputeMarket} from "../market/IComputeMarket.sol";
import {IMarketCourt} from "../market/IMarketCourt.sol";
import {IMarketLeases} from "../market/IMarketLeases.sol";
import {Demand, LeaseState, LeaseStatus, Offer, Terms, Work} from "../market/MarketTypes.sol";
import {TermsLib} from "../market/TermsLib.sol";
import {Lease} from "../market/words/Lease.sol";
import {CostWord, RuleWord} from "../market/words/TermsWords.sol";
import {DagLib} from "./DagLib.sol";
import {IJobManager} from "./IJobManager.sol";
import {InputLib} from "./InputLib.sol";
import {JobAccount} from "./JobAccount.sol";
import {
    FanOutProof, InputKind, InputRule, Job, JobState, JobStatus, Results, StageSpec, StageState, StageStatus
} from "./JobTypes.sol";
import {StageRecord, StageRecordLib} from "./StageRecord.sol";

/// @notice Keeps the state of jobs of many stages and drives their accounts; holds no funds. The surface is IJobManager.
contract JobManager is IJobManager {
    using DagLib for StageSpec;
    using SafeERC20 for IERC20;
    using StageRecordLib for StageRecord;

    /// @notice What is kept of a job.
    struct JobRecord {
        uint256 committed; // slot 0, bit i: stage i has bound results
        uint256 done; // slot 1, bit i: stage i has final results
        JobState state; // slot 2
        uint16 epoch; // slot 2
        mapping(uint256 index => StageRecord) stage;
    }

    IComputeMarket private immutable _market;
    IERC20 private immutable _asset;
    uint256 private immutable _graceSeconds;
    address private immutable _accountCode;

    mapping(bytes32 jobId => JobRecord) private _jobs;

    constructor(IComputeMarket market_) {
        _market = market_;
        _asset = IERC20(market_.asset());
        _graceSeconds = market_.parameters().graceSeconds;
        _accountCode = address(new JobAccount(address(market_), _asset));
    }

    // -------------------------------------------------------------------- jobs

    /// @inheritdoc IJobManager
    function postJob(Job calldata job, StageSpec[] calldata stages) public returns (bytes32 jobId) {
        if (msg.sender != job.owner) revert JobNotOwner(job.owner, msg.sender);
        if (job.deadline < block.timestamp) revert JobDeadline(job.deadline, block.timestamp);
        if (stages.length != job.stages) revert JobStages(stages.length);
        bytes32 root = DagLib.rootOf(stages);
        if (root != job.dagRoot) revert JobDag(job.dagRoot, root);
        jobId = jobIdOf(job);
        if (_jobs[jobId].state != JobState.None) revert JobExists(jobId);
        _jobs[jobId].state = JobState.Active;
        address account = Clones.cloneDeterministicWithImmutableArgs(_accountCode, abi.encode(job.owner), jobId);
        emit JobPosted(jobId, job.owner, account, job, stages);
        // The asset's calls come last. What it could call back finds an account without credit.
        _asset.safeTransferFrom(job.owner, account, job.budget);
        JobAccount(account).fund(job.budget);
    }

    /// @inheritdoc IJobManager
    function postJobWithPermit(Job calldata job, StageSpec[] calldata stages, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        returns (bytes32 jobId)
    {
        // Anyone may have used the permit already; then the allowance is there and the posting goes on.
        try IERC20Permit(address(_asset)).permit(msg.sender, address(this), job.budget, deadline, v, r, s) {} catch {}
        return postJob(job, stages);
    }

    /// @inheritdoc IJobManager
    function endJob(Job calldata job) external {
        (bytes32 jobId, JobRecord storage record) = _active(job);
        JobState end;
        if (record.done == type(uint256).max >> (DagLib.MAX_STAGES - job.stages)) end = JobState.Finished;
        else if (msg.sender == job.owner) end = JobState.Cancelled;
        else if (block.timestamp > job.deadline) end = JobState.Expired;
        else revert JobStillActive(jobId, job.deadline);
        record.state = end;
        emit JobEnded(jobId, end);
        JobAccount account = JobAccount(_account(job, jobId));
        _tip(job, jobId, account);
        _refund(job, jobId, account);
    }

    /// @inheritdoc IJobManager
    function collect(Job calldata job) external returns (uint128 amount) {
        bytes32 jobId = jobIdOf(job);
        JobState state = _jobs[jobId].state;
        if (state == JobState.None) revert JobUnknown(jobId);
        if (state == JobState.Active) revert JobStillActive(jobId, job.deadline);
        return _refund(job, jobId, JobAccount(_account(job, jobId)));
    }

    // ------------------------------------------------------------------ stages

    /// @inheritdoc IJobManager
    function openStage(
        Job calldata job,
        StageSpec calldata stage,
        bytes32[] calldata proof,
        Results[] calldata sources,
        FanOutProof calldata fanOut
    ) external returns (bytes32 offerId) {
        (bytes32 jobId, JobRecord storage record) = _active(job);
        if (block.timestamp > job.deadline) revert JobDeadline(job.deadline, block.timestamp);
        DagLib.requireLeaf(job.dagRoot, jobId, stage, proof);
        uint256 missing = stage.dependencies() & ~(stage.startFinal ? record.done : record.committed);
        if (missing != 0) revert StageWaits(jobId, stage.index, missing);

        StageRecord storage kept = record.stage[stage.index];
        uint8 attempt = kept.attempts;
        if (kept.isCurrent()) revert StageWrongState(jobId, stage.index, kept.state);
        if (attempt >= stage.attempts) revert StageAttempts(jobId, stage.index, attempt);
        (InputRule memory rule, uint256 total) = _inputs(record, stage, sources, fanOut);

        JobAccount account = JobAccount(_account(job, jobId));
        bytes memory call;
        (call, offerId) = _offer(job, stage, attempt, address(account), rule, total);
        (kept.offerId, kept.results) = (offerId, 0);
        (kept.openedAt, kept.attempts, kept.state) = (record.epoch, attempt + 1, StageState.Open);
        emit StageOpened(jobId, offerId, stage.index, attempt, rule);
        account.run(call);
        _tip(job, jobId, account);
    }

    /// @inheritdoc IJobManager
    function recordStage(Job calldata job, uint8 stage, Terms calldata terms, Results calldata results) external {
        (bytes32 jobId, JobRecord storage record) = _known(job);
        StageRecord storage kept = record.stage[stage];
        StageState before = kept.state;
        bytes32 offerId = _requireOffer(kept, stage, terms);
        if (before != StageState.Open && before != StageState.Committed && before != StageState.Failed) {
            revert StageWrongState(jobId, stage, before);
        }
        bool isFinal = _requireResults(offerId, stage, terms, results);
        if (before == StageState.Committed && !isFinal) revert StageWrongState(jobId, stage, before);
        // A stage that others have read already keeps the results that they read: unrecordStage tells when one of them fell.
        uint200 name = StageRecordLib.nameOf(results);
        if (before == StageState.Committed && kept.results != name) revert StageResults(stage);
        kept.results = name;
        kept.state = isFinal ? StageState.Final : StageState.Committed;
        record.committed |= 1 << stage;
        if (isFinal) record.done |= 1 << stage;
        emit StageRecorded(jobId, offerId, stage, isFinal, results);
        if (record.state == JobState.Active) _tip(job, jobId, JobAccount(_account(job, jobId)));
    }

    /// @inheritdoc IJobManager
    function unrecordStage(Job calldata job, uint8 stage, Results calldata results, uint256 which) external {
        (bytes32 jobId, JobRecord storage record) = _known(job);
        StageRecord storage kept = record.stage[stage];
        if (kept.state != StageState.Committed) revert StageWrongState(jobId, stage, kept.state);
        if (kept.results != StageRecordLib.nameOf(results)) revert StageResults(stage);
        bytes32 key = TermsLib.leaseKey(kept.offerId, results.leases[which]);
        // A lease that was paid keeps its word in offers of jobs, so one without a word fell.
        if (_market.lease(key).state != LeaseState.None) revert StageSound(stage);
        _fall(jobId, record, kept, stage, StageState.Open, false);
    }

    /// @inheritdoc IJobManager
    function markStale(Job calldata job, StageSpec calldata stage, bytes32[] calldata proof, Terms calldata terms) external {
        (bytes32 jobId, JobRecord storage record) = _known(job);
        DagLib.requireLeaf(job.dagRoot, jobId, stage, proof);
        StageRecord storage kept = record.stage[stage.index];
        if (!kept.isCurrent()) revert StageWrongState(jobId, stage.index, kept.state);
        _requireOffer(kept, stage.index, terms);
        uint256 read = stage.dependencies();
        for (; read != 0; read &= read - 1) {
            if (record.stage[_lowestBit(read)].fellAt > kept.openedAt) break;
        }
        if (read == 0) revert StageSound(stage.index);
        _fall(jobId, record, kept, stage.index, StageState.Stale, true);
        _cancel(job, jobId, kept.offerId, terms);
    }

    /// @inheritdoc IJobManager
    function failStage(Job calldata job, uint8 stage, Terms calldata terms) external {
        (bytes32 jobId, JobRecord storage record) = _known(job);
        StageRecord storage kept = record.stage[stage];
        if (kept.state != StageState.Open) revert StageWrongState(jobId, stage, kept.state);
        bytes32 offerId = _requireOffer(kept, stage, terms);
        // The last lease starts at the deadline. Whoever committed by then had until now to be recorded.
        uint256 until = terms.rules.deadline() + terms.rules.leaseSeconds() + _graceSeconds;
        if (block.timestamp <= until) revert StageRunning(stage, until);
        kept.state = StageState.Failed;
        emit StageFailed(jobId, offerId, stage);
    }

    /// @inheritdoc IJobManager
    function retireOffer(Job calldata job, uint8 stage, Terms calldata terms) external {
        (bytes32 jobId, JobRecord storage record) = _known(job);
        StageRecord storage kept = record.stage[stage];
        bytes32 offerId = _market.offerIdOf(terms);
        if (record.state == JobState.Active && kept.offerId == offerId && kept.isCurrent()) {
            revert StageWrongState(jobId, stage, kept.state);
        }
        _cancel(job, jobId, offerId, terms);
    }

    /// @inheritdoc IJobManager
    function acceptLeases(Job calldata job, Terms calldata terms, Lease[] calldata leases) external {
        _asOwner(job, abi.encodeCall(IMarketLeases.accept, (terms, leases)));
    }

    /// @inheritdoc IJobManager
    function summonDevice(Job calldata job, Terms calldata terms, Lease lease) external {
        _asOwner(job, abi.encodeCall(IMarketCourt.summon, (terms, lease)));
    }

    /// @inheritdoc IJobManager
    function demandPiece(Job calldata job, Terms calldata terms, Lease lease, Demand calldata what) external {
        _asOwner(job, abi.encodeCall(IMarketCourt.demand, (terms, lease, what)));
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc IJobManager
    function market() external view returns (address) {
        return address(_market);
    }

    /// @inheritdoc IJobManager
    function jobIdOf(Job calldata job) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), job));
    }

    /// @inheritdoc IJobManager
    function dagRootOf(StageSpec[] calldata stages) external pure returns (bytes32) {
        return DagLib.rootOf(stages);
    }

    /// @inheritdoc IJobManager
    function accountOf(Job calldata job) external view returns (address) {
        return _account(job, jobIdOf(job));
    }

    /// @inheritdoc IJobManager
    function status(bytes32 jobId) external view returns (JobStatus memory) {
        JobRecord storage record = _jobs[jobId];
        return JobStatus(record.state, record.epoch, record.committed, record.done);
    }

    /// @inheritdoc IJobManager
    function stageStatus(bytes32 jobId, uint8 stage) external view returns (StageStatus memory) {
        StageRecord storage kept = _jobs[jobId].stage[stage];
        return StageStatus(
            kept.state, kept.attempts, kept.openedAt, kept.fellAt, kept.offerId, bytes32(uint256(kept.results) << 56)
        );
    }

    // ----------------------------------------------------------------- private

    function _known(Job calldata job) private view returns (bytes32 jobId, JobRecord storage record) {
        jobId = jobIdOf(job);
        record = _jobs[jobId];
        if (record.state == JobState.None) revert JobUnknown(jobId);
    }

    function _active(Job calldata job) private view returns (bytes32 jobId, JobRecord storage record) {
        (jobId, record) = _known(job);
        if (record.state != JobState.Active) revert JobNotActive(jobId, record.state);
    }

    function _account(Job calldata job, bytes32 jobId) private view returns (address) {
        return Clones.predictDeterministicAddressWithImmutableArgs(_accountCode, abi.encode(job.owner), jobId);
    }

    function _asOwner(Job calldata job, bytes memory call) private {
        if (msg.sender != job.owner) revert JobNotOwner(job.owner, msg.sender);
        (bytes32 jobId,) = _known(job);
        JobAccount(_account(job, jobId)).run(call);
    }

    /// @dev The inputs' rule and the number of tasklets; an empty rule for a manifest.
    function _inputs(JobRecord storage record, StageSpec calldata stage, Results[] calldata sources, FanOutProof calldata fanOut)
        private
        view
        returns (InputRule memory rule, uint256 total)
    {
        uint8[] calldata read = stage.input.stages;
        if (sources.length != read.length) revert StageSources(stage.index);
        for (uint256 i = 0; i < read.length; i++) {
            if (record.stage[read[i]].results != StageRecordLib.nameOf(sources[i])) revert StageSources(stage.index);
        }
        if (stage.input.kind == InputKind.Manifest) return (rule, stage.cost.total());
        return InputLib.ruleOf(stage, sources, fanOut);
    }

    /// @dev The call that posts and matches the offer of one attempt, and the offer's id.
    function _offer(
        Job calldata job,
        StageSpec calldata stage,
        uint256 attempt,
        address account,
        InputRule memory rule,
        uint256 total
    ) private view returns (bytes memory call, bytes32 offerId) {
        uint256 deadline = block.timestamp + stage.rules.deadline();
        if (deadline > job.deadline) deadline = job.deadline;
        Terms memory terms;
        terms.cost = stage.cost.forConsumer(account, total, stage.cost.maxTick() + attempt * stage.escalateTicks);
        terms.rules = stage.rules.opened(_market.nonceOf(account), deadline);
        Work memory work = stage.work;
        if (stage.input.kind != InputKind.Manifest) work.manifest = keccak256(abi.encode(rule));
        terms.scope = TermsLib.scopeHash(stage.classKey, keccak256(abi.encode(work)), stage.devices);
        uint256 escrow = _market.escrowOf(terms);
        if (escrow > stage.budget) revert StageBudget(stage.index, escrow, stage.budget);
        offerId = _market.offerIdOf(terms);
        call = abi.encodeCall(IMarketLeases.postAndMatch, (terms.cost, terms.rules, work, stage.classKey, stage.devices));
    }

    function _requireOffer(StageRecord storage kept, uint8 stage, Terms calldata terms) private view returns (bytes32 offerId) {
        offerId = _market.offerIdOf(terms);
        if (kept.offerId != offerId) revert StageOffer(stage, kept.offerId, offerId);
    }

    /// @dev Reverts unless the leases tile the offer and hold the roots; returns whether all of them are paid.
    function _requireResults(bytes32 offerId, uint8 stage, Terms calldata terms, Results calldata results)
        private
        view
        returns (bool isFinal)
    {
        uint256 next = 0;
        isFinal = true;
        if (results.leases.length != results.roots.length) revert StageResults(stage);
        for (uint256 i = 0; i < results.leases.length; i++) {
            Lease lease = results.leases[i];
            LeaseStatus memory found = _market.lease(TermsLib.leaseKey(offerId, lease));
            // A disputed result counts as bound: else a frivolous game could hold up what follows.
            bool bound = found.state == LeaseState.Committed || found.state == LeaseState.Settled || found.state == LeaseState.Disputed;
            if (!bound || lease.first() != next || bytes25(found.resultRoot) != bytes25(results.roots[i])) revert StageResults(stage);
            if (found.state != LeaseState.Settled) isFinal = false;
            next += lease.count();
        }
        if (next != terms.cost.total()) revert StageResults(stage);
    }

    /// @dev Everything that was opened in an earlier epoch and read this stage is stale from now on.
    function _fall(bytes32 jobId, JobRecord storage record, StageRecord storage kept, uint8 stage, StageState state, bool upstream)
        private
    {
        uint256 others = ~(uint256(1) << stage);
        record.committed &= others;
        record.done &= others;
        uint16 epoch = ++record.epoch;
        (kept.results, kept.fellAt, kept.state) = (0, epoch, state);
        emit StageFell(jobId, kept.offerId, stage, epoch, upstream);
    }

    /// @dev An offer that one lease fills has no word and nothing unleased; one that has ended has nothing left at all.
    function _cancel(Job calldata job, bytes32 jobId, bytes32 offerId, Terms calldata terms) private {
        Offer memory offer = _market.offer(offerId);
        if (!offer.exists || offer.cancelled) return;
        JobAccount(_account(job, jobId)).run(abi.encodeCall(IMarketCourt.cancelOffer, (terms)));
    }

    /// @dev Pays the caller for a call that served the job, as far as the account reaches. The owner serves itself.
    function _tip(Job calldata job, bytes32 jobId, JobAccount account) private {
        if (job.tip == 0 || msg.sender == job.owner) return;
        uint128 credit = _market.balanceOf(address(account));
        uint128 amount = job.tip < credit ? job.tip : credit;
        if (amount == 0) return;
        emit JobTipped(jobId, msg.sender, amount);
        account.pay(msg.sender, amount);
    }

    function _refund(Job calldata job, bytes32 jobId, JobAccount account) private returns (uint128 amount) {
        amount = _market.balanceOf(address(account));
        if (amount == 0) return 0;
        emit JobRefunded(jobId, job.owner, amount);
        account.pay(job.owner, amount);
    }

    function _lowestBit(uint256 mask) private pure returns (uint256 bit) {
        while ((mask >> bit) & 1 == 0) bit++;
    }
}
