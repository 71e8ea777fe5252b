// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IVerdict} from "../verdict/IVerdict.sol";
import {Scope, Terms, Work} from "../market/MarketTypes.sol";
import {Lease} from "../market/words/Lease.sol";
import {IDisputeLedger} from "./IDisputeLedger.sol";
import {IDisputeRequests} from "./IDisputeRequests.sol";
import {IGames} from "./IGames.sol";

/// @notice What a deployment fixes. None of it changes.
struct DisputeParameters {
    uint64 bond; // base units of the market's asset, posted with each game
    uint64 requestDeposit; // base units, to whoever answers a request
    uint32 answerSeconds; // to answer a request; as long after a late answer games may be opened
    uint32 poolSeconds; // each side's clock at the start
    uint32 incrementSeconds; // added after each own move
    uint32 stepsPerSecond; // what a side is trusted to execute; sets the time for its first two moves
    uint32 maxMfuel; // fuel limit of the longest run that is judged, in Mfuel
}

/// @notice The result that a game is about: everything from the offer's terms to the first state of the disputed run.
struct Accusation {
    Terms terms;
    Scope scope;
    Work work;
    Lease lease;
    uint32 index; // tasklet of the offer
    bytes record; // its 128 bytes in the committed result list
    bytes32[] recordProof; // siblings from leaf to root
    bytes input; // its 128 bytes in the manifest, or an ABI-encoded InputEvidence where inputs follow from a rule
    bytes32[] inputProof; // siblings from leaf to root; none where inputs follow from a rule
    bytes program; // 112 bytes whose hash is the work's program
}

/// @title Games as the market's judge of optimistic results
/// @notice Any number of games about one lease run side by side, each between one challenger and the operator that the device had at
/// its opening. The operator must win all of them. The first that a challenger wins and settles overturns the lease; the others
/// then give their bonds back. A lease is upheld when its last game is settled, and stays open to challenges for the rest of its
/// window. A challenger that loses pays its bond: 60 % to the device's owner, the rest is burned.
interface IDisputeGame is IGames, IVerdict, IDisputeRequests, IDisputeLedger {
    /// @notice Beside GameOpened: which result the game is about. A run has fewer than 32^rounds steps.
    event LeaseChallenged(
        uint256 indexed game, bytes32 indexed leaseKey, address indexed challenger, Lease lease, uint32 index, uint8 rounds, uint32 firstMoves
    );
    /// @notice The game's bond left it: `paid` became owed to `payee`, its challenger or the owner of the device, the rest was burned.
    event GameSettled(uint256 indexed game, bytes32 indexed leaseKey, address indexed payee, uint128 paid, uint128 burned);
    /// @notice A committed record is none that a run can end with.
    event RecordOverturned(bytes32 indexed leaseKey, address indexed finder, uint32 index);

    /// @notice The tasklet is not of the lease.
    error DisputeIndex(uint32 index);
    /// @notice The bytes are not the tasklet's record under the committed root.
    error DisputeRecord(uint32 index);
    /// @notice The program's preimage has another hash, or more code than any program.
    error DisputeProgram(bytes32 expected);
    /// @notice An input of 4 GiB or more cannot be run.
    error DisputeInputLength(uint256 frameLength, uint256 stdinLength);
    /// @notice What the tasklet's input is made of is more than one transaction can show.
    error DisputeInputTooLarge(uint32 index);
    /// @notice The run is longer than the deployment judges.
    error DisputeTooLong(uint256 mfuel, uint256 maxMfuel);
    /// @notice The record is none that a run can end with: call overturn, which needs no game.
    error DisputeRecordMalformed(uint32 index);
    /// @notice The record is one that a run can end with: only a game can prove it wrong.
    error DisputeRecordSound(uint32 index);
    error DisputeGameUnknown(uint256 game);
    error DisputeGameRuns(uint256 game);
    error DisputeGameSettled(uint256 game);
    error DisputeParametersUnsound();

    /// @notice Anyone, until the window ends: claims that the run of one tasklet ends in state `hashes[31]`, not in the committed one.
    /// `hashes` are of the states after 1/32, 2/32 … of 32^rounds steps. Takes the bond from what is owed to the caller or, if
    /// that is too little, from its approved tokens.
    /// @return game keccak256(abi.encode(leaseKey, index, caller)): one game for each tasklet and challenger
    function open(Accusation calldata accusation, bytes32[32] calldata hashes) external returns (uint256 game);

    /// @notice Anyone, until the window ends, without a bond: overturns a lease with a record that no run can end with, one whose
    /// bytes 54 to 127 are not zero or that is neither of a run that exited nor of one that trapped.
    function overturn(Terms calldata terms, Lease lease, uint32 index, bytes calldata record, bytes32[] calldata proof) external;

    /// @notice Anyone: pays out the bond of a game that is over, or whose lease has fallen or outlived the market's patience, and hands
    /// the market its verdict if there is one now.
    function settle(Terms calldata terms, Lease lease, uint32 index, address challenger) external;

    /// @notice The contract that derives inputs of stages that read others, an IInputOpener.
    function inputOpener() external view returns (address);
    function disputeParameters() external view returns (DisputeParameters memory);
    function gameIdOf(bytes32 leaseKey, uint32 index, address challenger) external pure returns (uint256 game);
    /// @notice Rounds of a game about a run with this fuel limit (in Mfuel), and the seconds for the first two moves of each side.
    function measureOf(uint32 mfuel, uint8 codeDepth) external view returns (uint8 rounds, uint32 firstMoves);
}
