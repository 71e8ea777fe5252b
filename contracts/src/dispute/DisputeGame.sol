// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IComputeMarket} from "../market/IComputeMarket.sol";
import {Terms} from "../market/MarketTypes.sol";
import {Lease} from "../market/words/Lease.sol";
import {IVerdict} from "../verdict/IVerdict.sol";
import {DisputeLedger} from "./DisputeLedger.sol";
import {DisputeRequests} from "./DisputeRequests.sol";
import {Games} from "./Games.sol";
import {Accusation, DisputeParameters, IDisputeGame} from "./IDisputeGame.sol";
import {Dispute} from "./IDisputeLedger.sol";
import {GameStage} from "./IGames.sol";
import {InputNames} from "./IInputOpener.sol";
import {IStepVm} from "./IStepVm.sol";
import {ResultRecord} from "./ResultRecord.sol";
import {RunBound} from "./RunBound.sol";
import {RunInput, StartState} from "./StartState.sol";
import {WorkInput} from "./WorkInput.sol";

/// @notice The market's judge. Kept: a bond leaves its game exactly once.
contract DisputeGame is IDisputeGame, Games, DisputeRequests {
    /// @dev Where burned bonds go: owed to an address that nobody can call from.
    address private constant BURNED = 0x000000000000000000000000000000000000dEaD;
    uint256 private constant PROVIDER_PERCENT = 60;
    uint256 private constant MFUEL = 1_000_000;

    uint64 private immutable _BOND;
    uint32 private immutable _STEPS_PER_SECOND;
    /// @inheritdoc IVerdict
    uint32 public immutable maxMfuel;
    /// @inheritdoc IVerdict
    uint32 public immutable maxDisputeSeconds;

    /// @dev The market's code need not be there yet: market and judge name each other.
    constructor(IComputeMarket market, IERC20 asset, IStepVm vm, DisputeParameters memory p)
        Games(vm, p.poolSeconds, p.incrementSeconds)
        DisputeLedger(market, asset)
        DisputeRequests(p.requestDeposit, p.answerSeconds)
    {
        if (p.bond == 0 || p.poolSeconds == 0 || p.stepsPerSecond == 0 || p.answerSeconds == 0) revert DisputeParametersUnsound();
        (_BOND, _STEPS_PER_SECOND, maxMfuel) = (p.bond, p.stepsPerSecond, p.maxMfuel);
        (uint256 rounds, uint256 first) = _measure(p.maxMfuel, RunBound.MOST_CODE_DEPTH, p.stepsPerSecond);
        // The longest game: both pools, an increment after each of its moves and for each further game against the provider, two
        // first moves on either side. A pool more is there for the calls that end and settle it; it may begin after the window, once
        // a request made at its end was answered.
        uint256 longest = 3 * uint256(p.poolSeconds) + (rounds + 1 + MOST_GRANTED) * p.incrementSeconds + 4 * first;
        longest += 2 * uint256(p.answerSeconds);
        if (longest > type(uint32).max) revert DisputeParametersUnsound();
        maxDisputeSeconds = uint32(longest);
    }

    /// @inheritdoc IDisputeGame
    function open(Accusation calldata a, bytes32[32] calldata hashes) external nonReentrant returns (uint256 id) {
        uint256 mfuel = a.terms.cost.mfuel();
        if (mfuel > maxMfuel) revert DisputeTooLong(mfuel, maxMfuel);
        bytes32 from = _firstState(a);
        bytes32 key = _keyOf(a.terms, a.lease);
        (Dispute memory d, address operator, bytes32 root) = _enter(a.terms, a.lease, key, false);
        _requireRecord(a.lease, root, a.index, a.record, a.recordProof);
        if (!ResultRecord.sound(a.record)) revert DisputeRecordMalformed(a.index);
        if (hashes[31] == ResultRecord.state(a.record)) revert GameNothingDisputed(hashes[31]);

        id = gameIdOf(key, a.index, msg.sender);
        d.games++;
        _store(key, d);
        (uint256 rounds, uint256 first) = _measure(mfuel, uint8(a.program[1]), _STEPS_PER_SECOND);
        emit LeaseChallenged(id, key, msg.sender, a.lease, a.index, uint8(rounds), uint32(first));
        _open(id, operator, msg.sender, uint8(rounds), uint32(first), from, hashes);
        _take(_BOND);
    }

    /// @inheritdoc IDisputeGame
    function overturn(Terms calldata terms, Lease lease, uint32 index, bytes calldata record, bytes32[] calldata proof)
        external
        nonReentrant
    {
        bytes32 key = _keyOf(terms, lease);
        (Dispute memory d,, bytes32 root) = _enter(terms, lease, key, false);
        _requireRecord(lease, root, index, record, proof);
        if (ResultRecord.sound(record)) revert DisputeRecordSound(index);
        emit RecordOverturned(key, msg.sender, index);
        _conclude(terms, lease, key, d, msg.sender);
    }

    /// @inheritdoc IDisputeGame
    function settle(Terms calldata terms, Lease lease, uint32 index, address challenger) external nonReentrant {
        bytes32 key = _keyOf(terms, lease);
        uint256 id = gameIdOf(key, index, challenger);
        GameStage stage = game(id).stage;
        if (stage == GameStage.Unknown) revert DisputeGameUnknown(id);
        if (stage == GameStage.Settled) revert DisputeGameSettled(id);
        Dispute memory d = _load(key);
        if (stage == GameStage.Running && _heard(d)) revert DisputeGameRuns(id);

        _close(id);
        d.games--;
        _payBond(id, key, lease, stage, challenger);
        _conclude(terms, lease, key, d, stage == GameStage.ChallengerWon ? challenger : address(0));
    }

    /// @inheritdoc IDisputeGame
    function inputOpener() external view returns (address) {
        return address(_INPUTS);
    }

    /// @inheritdoc IDisputeGame
    function disputeParameters() external view returns (DisputeParameters memory) {
        return DisputeParameters(_BOND, _DEPOSIT, _ANSWER_SECONDS, _POOL, _INCREMENT, _STEPS_PER_SECOND, maxMfuel);
    }

    /// @inheritdoc IDisputeGame
    function measureOf(uint32 mfuel, uint8 codeDepth) external view returns (uint8 rounds, uint32 firstMoves) {
        (uint256 r, uint256 first) = _measure(mfuel, codeDepth, _STEPS_PER_SECOND);
        return (uint8(r), uint32(first));
    }

    /// @inheritdoc IDisputeGame
    function gameIdOf(bytes32 leaseKey, uint32 index, address challenger) public pure returns (uint256) {
        return uint256(keccak256(abi.encode(leaseKey, index, challenger)));
    }

    function _patience() internal view override returns (uint32) {
        return maxDisputeSeconds;
    }

    function _payBond(uint256 id, bytes32 key, Lease lease, GameStage stage, address challenger) private {
        bool lost = stage == GameStage.ProviderWon;
        address payee = lost ? _MARKET.device(lease.device()).owner : challenger;
        uint256 paid = lost ? _BOND * PROVIDER_PERCENT / 100 : _BOND;
        _credit(payee, paid);
        if (lost) _credit(BURNED, _BOND - paid);
        emit GameSettled(id, key, payee, uint128(paid), uint128(_BOND - paid));
    }

    /// @notice Reverts unless the bytes are the tasklet's record under the committed root.
    function _requireRecord(Lease lease, bytes32 root, uint32 index, bytes calldata record, bytes32[] calldata proof) private pure {
        if (index < lease.first() || index - lease.first() >= lease.count()) revert DisputeIndex(index);
        if (!ResultRecord.isUnder(root, record, index - lease.first(), lease.count(), proof)) revert DisputeRecord(index);
    }

    /// @notice The first state of the disputed run, from what the terms commit to alone.
    function _firstState(Accusation calldata a) private view returns (bytes32) {
        _requireWork(a.terms, a.scope, a.work);
        if (keccak256(a.program) != a.work.program || uint8(a.program[1]) > RunBound.MOST_CODE_DEPTH) {
            revert DisputeProgram(a.work.program);
        }
        InputNames memory names = WorkInput.open(_INPUTS, a.work, a.terms.cost.total(), a.index, a.input, a.inputProof);
        if (names.unjudged) revert DisputeInputTooLarge(a.index);
        if (names.frameLength > type(uint32).max || names.stdinLength > type(uint32).max) {
            revert DisputeInputLength(names.frameLength, names.stdinLength);
        }
        return StartState.hash(
            a.program,
            RunInput({
                frameRoot: names.frameRoot,
                frameLength: uint32(names.frameLength),
                stdinRoot: names.stdinRoot,
                stdinLength: uint32(names.stdinLength),
                fuelLimit: uint64(a.terms.cost.mfuel() * MFUEL),
                pageCap: uint32(a.work.limits.memoryPages()),
                outputLimit: uint32(a.work.limits.outputLimit())
            })
        );
    }

    function _measure(uint256 mfuel, uint256 codeDepth, uint256 stepsPerSecond) private pure returns (uint256 rounds, uint256 first) {
        uint256 most = RunBound.steps(mfuel * MFUEL, codeDepth);
        return (RunBound.rounds(most), most / stepsPerSecond + 1);
    }
}
