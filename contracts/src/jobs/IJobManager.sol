// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Demand, Terms} from "../market/MarketTypes.sol";
import {Lease} from "../market/words/Lease.sol";
import {
    FanOutProof, InputRule, Job, JobState, JobStatus, Results, StageSpec, StageState, StageStatus
} from "./JobTypes.sol";

/// @title Jobs of many stages
/// @notice Posts a job's stages as offers of the market when what they wait for is there, under one escrow, with nobody's help but
/// that of anyone. Holds no funds: each job has an account of its own, which is the consumer of its offers, so that refunds, fees and
/// shares of slashes need no bookkeeping. Amounts are base units; times are unix seconds of block time.
///
/// Kept (invariant J1): what a job's account ever received is what it holds, what its open offers hold, and what went to devices,
/// fees, tips and its owner. Kept (J2): nothing but the market, tips of at most `tip` a call, and the owner is ever paid by an account.
/// Kept (J3): a stage opens only while all it waits for is bound. Kept (J4): from every state, time and calls that anyone may make end the
/// job and bring all that is left to its owner.
interface IJobManager {
    error JobUnknown(bytes32 jobId);
    error JobExists(bytes32 jobId);
    error JobNotOwner(address owner, address caller);
    error JobNotActive(bytes32 jobId, JobState state);
    error JobStillActive(bytes32 jobId, uint40 deadline);
    error JobDeadline(uint40 deadline, uint256 time);
    error JobStages(uint256 count);
    error JobDag(bytes32 stated, bytes32 computed);
    error StageOutOfPlace(uint256 place, uint8 index);
    error StageShape(uint8 stage);
    error StageNotOfJob(bytes32 jobId, uint8 stage);
    error StageWrongState(bytes32 jobId, uint8 stage, StageState state);
    error StageAttempts(bytes32 jobId, uint8 stage, uint8 attempts);
    error StageWaits(bytes32 jobId, uint8 stage, uint256 missing);
    error StageBudget(uint8 stage, uint256 escrow, uint256 budget);
    error StageOffer(uint8 stage, bytes32 offerId, bytes32 given);
    error StageResults(uint8 stage);
    error StageSources(uint8 stage);
    error StageFanOut(uint8 stage);
    error StageRunning(uint8 stage, uint256 until);
    error StageSound(uint8 stage);

    /// @notice The stages are all that anyone needs to bring the job to its end.
    event JobPosted(bytes32 indexed jobId, address indexed owner, address indexed account, Job job, StageSpec[] stages);
    /// @notice The stage became an offer. `rule` names its inputs, unless they are a manifest.
    event StageOpened(bytes32 indexed jobId, bytes32 indexed offerId, uint8 indexed stage, uint8 attempt, InputRule rule);
    /// @notice All tasklets of the stage have a bound result; `isFinal`: and are paid for.
    event StageRecorded(bytes32 indexed jobId, bytes32 indexed offerId, uint8 indexed stage, bool isFinal, Results results);
    /// @notice A result that the stage had bound, or that it had read, fell.
    event StageFell(bytes32 indexed jobId, bytes32 indexed offerId, uint8 indexed stage, uint16 epoch, bool upstream);
    /// @notice The stage's offer ended without all results.
    event StageFailed(bytes32 indexed jobId, bytes32 indexed offerId, uint8 indexed stage);
    event JobEnded(bytes32 indexed jobId, JobState state);
    /// @notice `amount` of the job's account went to its owner.
    event JobRefunded(bytes32 indexed jobId, address indexed owner, uint128 amount);
    event JobTipped(bytes32 indexed jobId, address indexed keeper, uint128 amount);

    /// @notice Takes the budget from the caller, who is the owner and approved it, and opens nothing yet.
    function postJob(Job calldata job, StageSpec[] calldata stages) external returns (bytes32 jobId);

    /// @notice As `postJob`, with an EIP-2612 signature instead of an approval.
    function postJobWithPermit(Job calldata job, StageSpec[] calldata stages, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        returns (bytes32 jobId);

    /// @notice Anyone: posts the stage as an offer and matches it, once what it waits for is bound (or final, if it says so). A stage that
    /// went stale or failed opens again while it has attempts, at a higher reserve.
    /// @param proof of the stage's hash to the job's dagRoot
    /// @param sources the recorded results of the stages that it reads, in its order
    /// @param fanOut only for FanOut
    function openStage(
        Job calldata job,
        StageSpec calldata stage,
        bytes32[] calldata proof,
        Results[] calldata sources,
        FanOutProof calldata fanOut
    ) external returns (bytes32 offerId);

    /// @notice Anyone: shows that every tasklet of the stage's offer has a bound result. Again once all are paid for.
    function recordStage(Job calldata job, uint8 stage, Terms calldata terms, Results calldata results) external;

    /// @notice Anyone: shows that lease `which` of a committed stage fell. The stage is open again, and what read it is stale.
    function unrecordStage(Job calldata job, uint8 stage, Results calldata results, uint256 which) external;

    /// @notice Anyone: shows that something fell which the stage had read. Its offer gets no more leases; who ran it is paid
    /// all the same.
    function markStale(Job calldata job, StageSpec calldata stage, bytes32[] calldata proof, Terms calldata terms) external;

    /// @notice Anyone, once no lease of the stage's offer can bring a result any more: the attempt failed.
    function failStage(Job calldata job, uint8 stage, Terms calldata terms) external;

    /// @notice Anyone: takes back what an offer of the job still holds unleased, once it is not needed: the job has ended, or the stage
    /// went stale or failed.
    function retireOffer(Job calldata job, uint8 stage, Terms calldata terms) external;

    /// @notice Anyone, once all stages are final or the deadline has passed; the owner at any time. Whatever the account holds
    /// goes to the owner.
    function endJob(Job calldata job) external;

    /// @notice Anyone, after the end: whatever came to the job's account since goes to the owner.
    function collect(Job calldata job) external returns (uint128 amount);

    /// @notice Owner: waives the rest of the window of committed leases of one offer of the job, and pays them.
    function acceptLeases(Job calldata job, Terms calldata terms, Lease[] calldata leases) external;

    /// @notice Owner: has the silent device of a lease of the job appear, as the offer's consumer.
    function summonDevice(Job calldata job, Terms calldata terms, Lease lease) external;

    /// @notice Owner: demands a piece of a result as the offer's consumer, at the job's expense.
    function demandPiece(Job calldata job, Terms calldata terms, Lease lease, Demand calldata what) external;

    function market() external view returns (address);
    function jobIdOf(Job calldata job) external view returns (bytes32);
    /// @notice The consumer of all offers of the job, deployed with it.
    function accountOf(Job calldata job) external view returns (address);
    function dagRootOf(StageSpec[] calldata stages) external pure returns (bytes32);
    function status(bytes32 jobId) external view returns (JobStatus memory);
    function stageStatus(bytes32 jobId, uint8 stage) external view returns (StageStatus memory);
}
