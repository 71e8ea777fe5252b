// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ByteTreeLib} from "../market/ByteTreeLib.sol";
import {Clocks, GameLib} from "./GameLib.sol";
import {Game, GameStage, IGames, Parting, Side} from "./IGames.sol";
import {IStepVm} from "./IStepVm.sol";

/// @notice Plays games to their end, any number side by side; what a game is about, who may open one and what its end means is for
/// the heir to say. A side that is out of time loses when anyone says so, and can no longer move.
abstract contract Games is IGames {
    using GameLib for Game;

    /// @dev A provider's clock gains an increment for each further game against it, up to so many: a flood of games must not run
    /// an honest provider's clocks out, nor a liar's games against itself hold its lease for ever.
    uint256 internal constant MOST_GRANTED = 64;

    IStepVm internal immutable _VM;
    uint32 internal immutable _POOL;
    uint32 internal immutable _INCREMENT;
    mapping(uint256 => Game) private _games;
    mapping(address provider => uint256) private _faced; // games ever opened against it

    constructor(IStepVm vm, uint32 pool, uint32 increment) {
        (_VM, _POOL, _INCREMENT) = (vm, pool, increment);
    }

    /// @inheritdoc IGames
    function dissect(uint256 id, Parting calldata parting, bytes32[32] calldata hashes) external {
        Game memory g = _turn(id);
        if (g.moves == g.rounds) revert GameFullyDissected(id);
        g.check(id, parting);
        if (hashes[31] == parting.disputed) revert GameNothingDisputed(parting.disputed);
        Side by = g.mover();
        g.advance(_clocks(g), ByteTreeLib.join(parting.agreed, GameLib.rootOf(hashes)), block.timestamp);
        _games[id] = g;
        emit GameDissected(id, by, parting.index, parting.agreed, hashes);
    }

    /// @inheritdoc IGames
    function prove(uint256 id, Parting calldata parting, bytes calldata proof) external {
        Game memory g = _turn(id);
        if (g.moves != g.rounds) revert GameStillDissecting(id, g.rounds - g.moves);
        g.check(id, parting);
        bytes32 next = _VM.step(parting.agreed, proof);
        if (next == parting.disputed) revert GameStepHolds(next);
        emit GameProven(id, parting.index, parting.agreed, next);
        _win(id, g, g.mover());
    }

    /// @inheritdoc IGames
    function timeout(uint256 id) external {
        Game memory g = _running(id);
        uint256 until = g.movedAt + g.turnSeconds(_clocks(g));
        if (block.timestamp <= until) revert GameClockRuns(id, until);
        Side loser = g.mover();
        emit GameTimedOut(id, loser);
        _win(id, g, loser == Side.Provider ? Side.Challenger : Side.Provider);
    }

    /// @inheritdoc IGames
    function deadlineOf(uint256 id) external view returns (uint256 deadline, Side mover) {
        Game memory g = _games[id];
        if (g.stage != GameStage.Running) return (0, Side.Provider);
        return (g.movedAt + g.turnSeconds(_clocks(g)), g.mover());
    }

    /// @inheritdoc IGames
    function game(uint256 id) public view returns (Game memory) {
        return _games[id];
    }

    /// @notice Opens a game over 32^`rounds` steps from state `from`; `hashes` are the challenger's, at equal distances.
    function _open(
        uint256 id,
        address provider,
        address challenger,
        uint8 rounds,
        uint32 firstMoves,
        bytes32 from,
        bytes32[32] calldata hashes
    ) internal {
        if (_games[id].stage != GameStage.Unknown) revert GameExists(id);
        uint256 faced = ++_faced[provider];
        _games[id] = Game({
            position: ByteTreeLib.join(from, GameLib.rootOf(hashes)),
            provider: provider,
            providerClock: _POOL,
            movedAt: uint40(block.timestamp),
            moves: 1,
            stage: GameStage.Running,
            granted: 0,
            challenger: challenger,
            challengerClock: _POOL,
            rounds: rounds,
            firstMoves: firstMoves,
            faced: uint24(faced)
        });
        emit GameOpened(id, challenger, provider, from, hashes);
    }

    /// @notice Takes a game off the table, whatever its stage.
    function _close(uint256 id) internal {
        _games[id].stage = GameStage.Settled;
    }

    function _win(uint256 id, Game memory g, Side winner) private {
        _games[id].stage = winner == Side.Provider ? GameStage.ProviderWon : GameStage.ChallengerWon;
        emit GameWon(id, winner, g.player(winner));
    }

    function _running(uint256 id) private view returns (Game memory g) {
        g = _games[id];
        if (g.stage != GameStage.Running) revert GameOver(id);
    }

    /// @dev The last second of the clock itself is in time, as in timeout.
    function _turn(uint256 id) private view returns (Game memory g) {
        g = _running(id);
        if (msg.sender != g.player(g.mover())) revert GameNotMover(id, msg.sender);
        uint256 until = g.movedAt + g.turnSeconds(_clocks(g));
        if (block.timestamp > until) revert GameClockOver(id, until);
    }

    function _clocks(Game memory g) private view returns (Clocks memory) {
        return Clocks(_POOL, _INCREMENT, g.mover() == Side.Provider ? _fresh(g) : 0);
    }

    /// @dev Modulo 2^24 as the games count: no game sees so many others begin.
    function _fresh(Game memory g) private view returns (uint8) {
        unchecked {
            uint256 further = uint24(_faced[g.provider]) - g.faced & type(uint24).max;
            return uint8((further < MOST_GRANTED ? further : MOST_GRANTED) - g.granted);
        }
    }
}
