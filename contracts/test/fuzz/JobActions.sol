// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IJobManager} from "../../src/jobs/IJobManager.sol";
import {
    FanOutProof, InputKind, Job, JobState, Join, Results, StageInput, StageSpec, StageState, StageStatus
} from "../../src/jobs/JobTypes.sol";
import {IMarketCourt} from "../../src/market/IMarketCourt.sol";
import {IMarketDesk} from "../../src/market/IMarketDesk.sol";
import {IMarketLeases} from "../../src/market/IMarketLeases.sol";
import {LeaseState, Scope, Terms, Verdict, Work} from "../../src/market/MarketTypes.sol";
import {Lease} from "../../src/market/words/Lease.sol";
import {LimitsWord} from "../../src/market/words/TermsWords.sol";
import {Mood} from "../../src/test/MoodyToken.sol";
import {Actions} from "./Actions.sol";
import {pack, Plan} from "./Plan.sol";
import {Broken, requireAtMost, requireEqual, vm, Vm} from "./Vm.sol";

/// @notice A job of three stages, and what its events said about its money.
struct Known {
    Job job;
    bytes32 id;
    address account;
    uint256 came; // budget, penalties and shares of slashes
    uint256 went; // pay, fees, tips and refunds
    uint256 bound; // bit i: stage i was recorded and did not fall since
    bool ended;
}

/// @notice What the fuzzer may do with jobs, beside everything else in the same world.
contract JobActions is Actions {
    uint256 private constant STAGES = 3;
    uint256 private constant FEE_BPS = 130;

    Known[] internal _known;
    mapping(bytes32 jobId => uint256) private _place; // plus one
    mapping(bytes32 offerId => uint256) private _jobOf; // plus one
    mapping(uint256 job => mapping(uint256 stage => StageSpec)) private _specs;
    mapping(uint256 job => mapping(uint256 stage => Results)) private _recorded;

    function doJob(uint256 who, uint8 shape, uint8 seconds_, uint8 mood) external {
        StageSpec[] memory stages = new StageSpec[](STAGES);
        stages[0] = listed(shape, seconds_);
        stages[1] = read(1, shape, seconds_);
        stages[2] = read(2, shape >> 2, seconds_);
        Job memory job;
        job.owner = consumer(who);
        job.nonce = uint64(_known.length);
        job.deadline = uint40(block.timestamp + 20 + uint256(seconds_) * 8);
        job.stages = uint16(STAGES);
        job.tip = shape % 2 == 0 ? 0 : uint64(shape) * 3;
        job.budget = uint128(1 + uint256(shape) * CRD / 4);
        job.dagRoot = _jobs.dagRootOf(stages);

        Known storage known = _known.push();
        known.job = job;
        known.id = _jobs.jobIdOf(job);
        known.account = _jobs.accountOf(job);
        _place[known.id] = _known.length;
        for (uint256 i = 0; i < STAGES; i++) _specs[_known.length - 1][i] = stages[i];
        _token.set(mood % 10 < 5 ? Mood(mood % 10) : Mood.Sound, address(_jobs), abi.encodeCall(IJobManager.collect, (job)));
        (bool ok,) = attemptAt(address(_jobs), job.owner, abi.encodeCall(IJobManager.postJob, (job, stages)));
        _token.set(Mood.Sound, address(0), "");
        if (!ok) _known.pop();
    }

    function doStage(uint256 which, uint8 stage, uint8 what, uint256 who) external {
        if (_known.length == 0) return;
        uint256 place = recent(which, _known.length);
        move(place, uint8(stage % STAGES), what % 16, someone(who));
    }

    function move(uint256 place, uint8 stage, uint8 what, address who) private {
        Job memory job = _known[place].job;
        if (what < 6) return open(place, stage, who);
        if (what == 14) return jobs(stage == 0 ? job.owner : KEEPER, abi.encodeCall(IJobManager.endJob, (job)));
        if (what == 15) return jobs(who, abi.encodeCall(IJobManager.collect, (job)));
        StageStatus memory status = _jobs.stageStatus(_known[place].id, stage);
        if (status.offerId == 0) return;
        Terms memory terms = _offers[_offerIndex[status.offerId] - 1];
        if (what < 10) jobs(who, abi.encodeCall(IJobManager.recordStage, (job, stage, terms, resultsOf(status.offerId))));
        else if (what == 10) jobs(who, abi.encodeCall(IJobManager.failStage, (job, stage, terms)));
        else if (what == 11) jobs(who, abi.encodeCall(IJobManager.retireOffer, (job, stage, terms)));
        else if (what == 12) {
            unrecord(place, stage, who);
            stale(place, stage, who);
        }
        else jobs(job.owner, abi.encodeCall(IJobManager.acceptLeases, (job, terms, resultsOf(status.offerId).leases)));
    }

    function jobs(address from, bytes memory data) internal {
        attemptAt(address(_jobs), from, data);
    }

    function open(uint256 place, uint8 stage, address who) private {
        StageSpec memory spec = _specs[place][stage];
        Results[] memory sources = new Results[](spec.input.stages.length);
        for (uint256 i = 0; i < sources.length; i++) sources[i] = _recorded[place][spec.input.stages[i]];
        FanOutProof memory none;
        jobs(who, abi.encodeCall(IJobManager.openStage, (_known[place].job, spec, proofOf(place, stage), sources, none)));
    }

    /// @dev A stage goes well, which chance alone seldom brings about: it opens, its devices hand in what they found, and it is recorded.
    function doRun(uint256 which, uint8 stage, uint256 who) external {
        if (_known.length == 0) return;
        uint256 place = recent(which, _known.length);
        stage %= uint8(STAGES);
        open(place, stage, someone(who));
        bytes32 offerId = _jobs.stageStatus(_known[place].id, stage).offerId;
        if (offerId == 0) return;
        Terms memory terms = _offers[_offerIndex[offerId] - 1];
        for (uint256 i = 0; i < _leases.length; i++) {
            if (_leaseOffer[i] + 1 != _offerIndex[offerId]) continue;
            attempt(operator(_leases[i].device()), abi.encodeCall(IMarketLeases.commit, (terms, _leases[i], root(_leases[i]))));
        }
        jobs(someone(who), abi.encodeCall(IJobManager.recordStage, (_known[place].job, stage, terms, resultsOf(offerId))));
    }

    /// @dev A recorded result is proven wrong, which chance alone hardly ever hits; then what read it is stale.
    function doFall(uint256 which, uint256 who) external {
        for (uint256 i = 0; i < _known.length && i < 8; i++) {
            uint256 place = (which % _known.length + i) % _known.length;
            for (uint8 stage = 0; stage < STAGES; stage++) {
                StageStatus memory status = _jobs.stageStatus(_known[place].id, stage);
                if (status.state != StageState.Committed) continue;
                Terms memory terms = _offers[_offerIndex[status.offerId] - 1];
                Lease lease = _recorded[place][stage].leases[which % _recorded[place][stage].leases.length];
                attempt(_module, abi.encodeCall(IMarketCourt.openDispute, (terms, lease, KEEPER)));
                attempt(_module, abi.encodeCall(IMarketCourt.resolve, (terms, lease, false, KEEPER)));
                unrecord(place, stage, someone(who));
                for (uint8 later = stage + 1; later < STAGES; later++) stale(place, later, someone(who));
                return;
            }
        }
    }

    /// @dev Time passes until an open stage has to be given up, if that is soon.
    function doLapse(uint256 which, uint256 who) external {
        for (uint256 i = 0; i < _known.length && i < 8; i++) {
            uint256 place = (which % _known.length + i) % _known.length;
            for (uint8 stage = 0; stage < STAGES; stage++) {
                StageStatus memory status = _jobs.stageStatus(_known[place].id, stage);
                if (status.state != StageState.Open) continue;
                Terms memory terms = _offers[_offerIndex[status.offerId] - 1];
                uint256 until = terms.rules.deadline() + terms.rules.leaseSeconds() + _market.parameters().graceSeconds;
                if (until >= block.timestamp + 200) continue;
                if (until >= block.timestamp) vm.warp(until + 1);
                return jobs(someone(who), abi.encodeCall(IJobManager.failStage, (_known[place].job, stage, terms)));
            }
        }
    }

    function unrecord(uint256 place, uint8 stage, address who) private {
        Results memory results = _recorded[place][stage];
        for (uint256 i = 0; i < results.leases.length; i++) {
            jobs(who, abi.encodeCall(IJobManager.unrecordStage, (_known[place].job, stage, results, i)));
        }
    }

    function stale(uint256 place, uint8 stage, address who) private {
        bytes32 offerId = _jobs.stageStatus(_known[place].id, stage).offerId;
        if (offerId == 0) return;
        Terms memory terms = _offers[_offerIndex[offerId] - 1];
        jobs(who, abi.encodeCall(IJobManager.markStale, (_known[place].job, _specs[place][stage], proofOf(place, stage), terms)));
    }

    // ---------------------------------------------------------------- stages

    function listed(uint8 shape, uint8 seconds_) private view returns (StageSpec memory spec) {
        spec = common(0, shape, seconds_);
        spec.work.manifest = bytes32(_known.length + 1);
    }

    /// @dev Each, groups of two, or all of one earlier stage, or of both.
    function read(uint8 index, uint8 shape, uint8 seconds_) private pure returns (StageSpec memory spec) {
        spec = common(index, shape, seconds_);
        spec.startFinal = shape % 5 == 0;
        InputKind kind = shape % 3 == 0 ? InputKind.Each : InputKind.Group;
        uint8[] memory stages = new uint8[](index == 2 && shape % 4 == 3 ? 2 : 1);
        for (uint256 i = 0; i < stages.length; i++) stages[i] = uint8(index - 1 - i);
        spec.input = StageInput(kind, Join.Framed, shape % 3 == 1 ? 2 : 0, stages, "");
        spec.work.limits = LimitsWord.wrap((uint256(kind) << 96) | 1);
    }

    function common(uint8 index, uint8 shape, uint8 seconds_) private pure returns (StageSpec memory spec) {
        Plan memory plan;
        plan.total = index == 0 ? 1 + shape % 24 : 0;
        plan.mfuel = 2_000;
        plan.maxTick = uint16(880 + shape % 30);
        plan.rounds = seconds_ % 4;
        plan.leaseSeconds = 5 + seconds_ % 20;
        plan.deadline = 4 + uint40(seconds_);
        plan.verdict = uint8(Verdict.Optimistic);
        plan.windowSeconds = 5 + uint32(shape % 30);
        plan.bondBps = shape % 3 == 0 ? 9_000 : 20_000;
        if (shape % 4 == 1) (plan.maxLeases, plan.tip) = (3, uint32(shape) * 5);
        Scope memory scope;
        Terms memory terms = pack(plan, scope);
        (spec.index, spec.attempts, spec.escalateTicks) = (index, 1 + shape % 3, shape % 9);
        (spec.cost, spec.rules, spec.classKey) = (terms.cost, terms.rules, WASM);
        spec.budget = shape % 7 == 0 ? uint128(CRD) : type(uint128).max;
        spec.work = Work(bytes32(uint256(shape)), bytes32(uint256(1)), 0, LimitsWord.wrap(1));
        spec.devices = new uint32[](0);
    }

    function proofOf(uint256 place, uint256 stage) private view returns (bytes32[] memory proof) {
        bytes32[3] memory leaves;
        for (uint256 i = 0; i < STAGES; i++) leaves[i] = keccak256(abi.encode(_specs[place][i]));
        proof = new bytes32[](stage == 2 ? 1 : 2);
        (bytes32 a, bytes32 b) = leaves[0] < leaves[1] ? (leaves[0], leaves[1]) : (leaves[1], leaves[0]);
        if (stage == 2) proof[0] = keccak256(abi.encodePacked(a, b));
        else (proof[0], proof[1]) = (leaves[1 - stage], leaves[2]);
    }

    /// @dev The bound leases of an offer in their order, with the roots that doCommit gives.
    function resultsOf(bytes32 offerId) private view returns (Results memory results) {
        results.leases = new Lease[](_leases.length);
        uint256 count = 0;
        for (uint256 i = 0; i < _leases.length; i++) {
            if (_leaseOffer[i] + 1 != _offerIndex[offerId]) continue;
            LeaseState state = _market.lease(_market.leaseKeyOf(offerId, _leases[i])).state;
            if (state == LeaseState.None || state == LeaseState.Leased) continue;
            uint256 at = count++;
            for (; at != 0 && results.leases[at - 1].first() > _leases[i].first(); at--) results.leases[at] = results.leases[at - 1];
            results.leases[at] = _leases[i];
        }
        Lease[] memory leases = results.leases;
        assembly ("memory-safe") {
            mstore(leases, count)
        }
        results.roots = new bytes32[](count);
        for (uint256 i = 0; i < count; i++) results.roots[i] = root(leases[i]);
    }

    // ----------------------------------------------------------------- events

    /// @dev The second set of books: every job's money, from the events of the market and the manager alone.
    function heard(bytes32 topic, Vm.Log memory log) internal override {
        if (topic == IJobManager.JobPosted.selector) _known[_place[log.topics[1]] - 1].came += _known[_place[log.topics[1]] - 1].job.budget;
        else if (topic == IJobManager.StageOpened.selector) opened(log);
        else if (topic == IJobManager.StageRecorded.selector) recorded(log);
        else if (topic == IJobManager.StageFell.selector) ofJob(log).bound &= ~(uint256(1) << uint256(log.topics[3]));
        else if (topic == IJobManager.JobEnded.selector) ofJob(log).ended = true;
        else if (topic == IJobManager.JobRefunded.selector) ofJob(log).went += abi.decode(log.data, (uint128));
        else if (topic == IJobManager.JobTipped.selector) tipped(log);
        else money(topic, log);
    }

    function money(bytes32 topic, Vm.Log memory log) private {
        if (topic == IMarketLeases.Settled.selector && isJobs(log.topics[2])) {
            (uint128 paid,) = abi.decode(log.data, (uint128, bool));
            ofOffer(log.topics[2]).went += paid + paid * FEE_BPS / 10_000;
        } else if (topic == IMarketLeases.Tipped.selector && isJobs(log.topics[1])) {
            ofOffer(log.topics[1]).went += abi.decode(log.data, (uint128));
        } else if (topic == IMarketLeases.Expired.selector && isJobs(log.topics[2])) {
            ofOffer(log.topics[2]).came += abi.decode(log.data, (uint128));
        } else if (topic == IMarketLeases.Declined.selector && isJobs(log.topics[2])) {
            (uint128 penalty,) = abi.decode(log.data, (uint128, uint8));
            ofOffer(log.topics[2]).came += penalty;
        } else if (topic == IMarketCourt.DemandFailed.selector && isJobs(log.topics[2])) {
            ofOffer(log.topics[2]).came += abi.decode(log.data, (uint128));
        } else if (topic == IMarketLeases.ExcessHeld.selector && isJobs(log.topics[1])) {
            ofOffer(log.topics[1]).came += abi.decode(log.data, (uint128));
        } else if (topic == IMarketLeases.ExcessReturned.selector && isJobs(log.topics[1])) {
            ofOffer(log.topics[1]).went += abi.decode(log.data, (uint128));
        } else if (topic == IMarketDesk.DeviceSlashed.selector) {
            (uint64 amount, bytes32 reason) = abi.decode(log.data, (uint64, bytes32));
            uint256 lease = _leaseIndex[reason];
            if (lease == 0) return;
            bytes32 offerId = _market.offerIdOf(_offers[_leaseOffer[lease - 1]]);
            if (isJobs(offerId)) ofOffer(offerId).came += amount / 5;
        }
    }

    /// @dev J3: a stage opens only while all it waits for is bound.
    function opened(Vm.Log memory log) private {
        _jobOf[log.topics[2]] = _place[log.topics[1]];
        uint256 place = _place[log.topics[1]] - 1;
        StageSpec storage spec = _specs[place][uint256(log.topics[3])];
        for (uint256 i = 0; i < spec.input.stages.length; i++) {
            if ((_known[place].bound >> spec.input.stages[i]) & 1 == 0) revert Broken("J3: opened too early", place, i);
        }
        if (_known[place].ended) revert Broken("J3: opened after the end", place, 0);
    }

    /// @dev What is recorded covers the whole offer, with results that were handed in and have not fallen.
    function recorded(Vm.Log memory log) private {
        uint256 place = _place[log.topics[1]] - 1;
        (, Results memory results) = abi.decode(log.data, (bool, Results));
        uint256 tasklets = 0;
        for (uint256 i = 0; i < results.leases.length; i++) {
            bytes32 key = _market.leaseKeyOf(log.topics[2], results.leases[i]);
            if (!_bound[key] || _fell[key]) revert Broken("J3: recorded what is not bound", place, i);
            requireEqual(results.leases[i].first(), tasklets, "J3: recorded with a gap");
            tasklets += results.leases[i].count();
        }
        requireEqual(tasklets, _offers[_offerIndex[log.topics[2]] - 1].cost.total(), "J3: recorded in part");
        _recorded[place][uint256(log.topics[3])] = results;
        _known[place].bound |= 1 << uint256(log.topics[3]);
    }

    /// @dev J2: no call is paid more than the job's tip.
    function tipped(Vm.Log memory log) private {
        uint128 amount = abi.decode(log.data, (uint128));
        requireAtMost(amount, ofJob(log).job.tip, "J2: tip");
        ofJob(log).went += amount;
    }

    function isJobs(bytes32 offerId) internal view returns (bool) {
        return _jobOf[offerId] != 0;
    }

    function jobOf(bytes32 offerId) internal view returns (uint256) {
        return _jobOf[offerId];
    }

    function ofOffer(bytes32 offerId) private view returns (Known storage) {
        return _known[_jobOf[offerId] - 1];
    }

    function ofJob(Vm.Log memory log) private view returns (Known storage) {
        return _known[_place[log.topics[1]] - 1];
    }
}
