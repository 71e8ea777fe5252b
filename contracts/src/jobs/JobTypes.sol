// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Work} from "../market/MarketTypes.sol";
import {Lease} from "../market/words/Lease.sol";
import {CostWord, RuleWord} from "../market/words/TermsWords.sol";

/// @notice How the inputs of a stage's tasklets follow from what earlier stages gave.
enum InputKind {
    Manifest, // they are listed in a blob that the work names
    Each, // tasklet i reads output i
    Group, // tasklet i reads the join of `size` outputs in a row; size 0: one tasklet reads the join of all
    FanOut // tasklet i reads frame i of the one output of a stage of one tasklet
}

/// @notice How several outputs become one input.
enum Join {
    Framed, // each with its length before it: 4 bytes, little-endian
    Concat // one behind the other
}

/// @notice Where a stage's inputs come from. Several stages, all of as many tasklets: the join of what each gives.
struct StageInput {
    InputKind kind;
    Join join;
    uint32 size; // Group: outputs per tasklet; FanOut: most tasklets
    uint8[] stages; // that are read, in this order; all come before the stage itself
    bytes frame; // Each, Group, FanOut: what stands before standard input, its length left zero
}

/// @notice One stage of a job. Its hash is a leaf of the job's dagRoot.
struct StageSpec {
    uint8 index; // place in the job, from 0
    bool startFinal; // waits until what it reads is final; else until it is committed
    uint8 attempts; // times that it may be opened, at least 1
    uint16 escalateTicks; // added to the reserve at each further attempt
    uint128 budget; // base units; most that one attempt may escrow
    uint256 waitsFor; // bit i: waits for stage i without reading it
    CostWord cost; // consumer zero; total zero unless the inputs are a manifest
    RuleWord rules; // nonce zero; deadline: seconds from opening
    Work work; // manifest zero unless the inputs are a manifest
    uint32 classKey;
    uint32[] devices;
    StageInput input;
}

/// @notice A job. Travels as calldata; the manager keeps what changes under its hash.
struct Job {
    address owner; // pays, and gets back what is left
    uint64 nonce; // tells equal jobs apart
    uint40 deadline; // unix seconds; no stage opens after it
    uint16 stages; // at most 256
    uint64 tip; // base units to whoever opens a stage, records its results, or ends the job
    uint128 budget; // base units, all that the job can cost
    bytes32 dagRoot; // Merkle root of the stages' hashes
}

/// @notice Zero is unknown, so a forgotten value is no job.
enum JobState {
    None,
    Active,
    Finished, // all stages are final
    Expired, // its deadline passed before
    Cancelled // by its owner
}

enum StageState {
    None, // waits for other stages
    Open, // an offer runs
    Committed, // all results are bound, not all are final
    Final, // all results are paid
    Stale, // what it read fell; may be opened again
    Failed // its offer ended without all results; may be opened again
}

/// @notice The results of a whole stage: leases that cover its offer without a gap, and the result root of each.
struct Results {
    Lease[] leases;
    bytes32[] roots;
}

/// @notice What each lease of one stage gave: how many tasklets, and the root of their result list.
struct Source {
    uint32[] counts;
    bytes32[] roots;
}

/// @notice Names all inputs of an offer: keccak256(abi.encode(rule)) stands where the work names a manifest. Input i follows from
/// the rule and the blobs that its roots name, so nobody asserts a manifest that could be false.
struct InputRule {
    InputKind kind;
    Join join;
    uint32 size;
    bytes frame;
    Source[] sources;
}

/// @notice Opens the head of a FanOut stage's one upstream output.
struct FanOutProof {
    bytes record; // 128 bytes: the result list of the one upstream tasklet
    bytes head; // 128 bytes: the output's first leaf
    bytes32[] siblings; // of that leaf, lowest first
}

/// @notice A job as the manager keeps it.
struct JobStatus {
    JobState state;
    uint16 epoch; // times that something fell
    uint256 committed; // bit i: stage i has bound results
    uint256 done; // bit i: stage i has final results
}

/// @notice A stage as the manager keeps it.
struct StageStatus {
    StageState state;
    uint8 attempts; // times opened
    uint16 openedAt; // epoch
    uint16 fellAt; // epoch; 0: never
    bytes32 offerId; // of the newest attempt
    bytes32 results; // the first 200 bits of the hash of its Results
}
