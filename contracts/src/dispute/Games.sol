// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ByteTreeLib} from "../market/ByteTreeLib.sol";
import {Clocks, Game, GameLib} from "./GameLib.sol";
import {IGames, Parting, Side} from "./IGames.sol";
import {IStepVm} from "./IStepVm.sol";

/// @notice Plays games to their end, any number side by side; what a game is about, who may open one and what its end means is for
/// the heir to say. A side that is out of time loses when anyone says so, and can no longer move.
abstract contract Games is IGames {
    using GameLib for Game;

    IStepVm private immutable _VM;
    uint32 private immutable _POOL;
    uint32 private immutable _INCREMENT;
    mapping(uint256 => Game) private _games;
    uint256 private _count;

    constructor(IStepVm vm, uint32 pool, uint32 increment) {
        (_VM, _POOL, _INCREMENT) = (vm, pool, increment);
    }

    /// @inheritdoc IGames
    function dissect(uint256 game, Parting calldata parting, bytes32[32] calldata hashes) external {
        Game memory g = _turn(game);
        if (g.moves == g.rounds) revert GameFullyDissected(game);
        g.check(game, parting);
        if (hashes[31] == parting.disputed) revert GameNothingDisputed(parting.disputed);
        Side by = g.mover();
        g.advance(_clocks(g), ByteTreeLib.join(parting.agreed, GameLib.rootOf(hashes)), block.timestamp);
        _games[game] = g;
        emit GameDissected(game, by, parting.index, parting.agreed, hashes);
    }

    /// @inheritdoc IGames
    function prove(uint256 game, Parting calldata parting, bytes calldata proof) external {
        Game memory g = _turn(game);
        if (g.moves != g.rounds) revert GameStillDissecting(game, g.rounds - g.moves);
        g.check(game, parting);
        bytes32 next = _VM.step(parting.agreed, proof);
        if (next == parting.disputed) revert GameStepHolds(next);
        emit GameProven(game, parting.index, parting.agreed, next);
        _win(game, g, g.mover());
    }

    /// @inheritdoc IGames
    function timeout(uint256 game) external {
        Game memory g = _running(game);
        uint256 until = g.movedAt + g.turnSeconds(_clocks(g));
        if (block.timestamp <= until) revert GameClockRuns(game, until);
        Side loser = g.mover();
        emit GameTimedOut(game, loser);
        _win(game, g, loser == Side.Provider ? Side.Challenger : Side.Provider);
    }

    /// @inheritdoc IGames
    function deadlineOf(uint256 game) external view returns (uint256 deadline, Side mover) {
        Game memory g = _games[game];
        if (g.moves == 0 || g.over) return (0, Side.Provider);
        return (g.movedAt + g.turnSeconds(_clocks(g)), g.mover());
    }

    /// @notice Opens a game over 32^`rounds` steps from state `from`; `hashes` are the challenger's, at equal distances.
    function _open(address provider, address challenger, uint8 rounds, bytes32 from, bytes32[32] calldata hashes) internal returns (uint256 game) {
        game = ++_count;
        _games[game] = Game({
            position: ByteTreeLib.join(from, GameLib.rootOf(hashes)),
            provider: provider,
            providerClock: _POOL,
            movedAt: uint40(block.timestamp),
            moves: 1,
            over: false,
            challenger: challenger,
            challengerClock: _POOL,
            rounds: rounds
        });
        emit GameOpened(game, challenger, provider, from, hashes);
    }

    /// @notice The game has ended. Called last, with the game already over.
    function _settle(uint256 game, Side winner) internal virtual;

    /// @notice Seconds added to the first two moves of each side in a run of 32^`rounds` steps.
    function _firstMoves(uint8 rounds) internal view virtual returns (uint32) {
        uint256 time = (uint256(1) << (5 * uint256(rounds))) / 50_000_000;
        return time > type(uint32).max ? type(uint32).max : uint32(time);
    }

    function _win(uint256 game, Game memory g, Side winner) private {
        _games[game].over = true;
        emit GameWon(game, winner, g.player(winner));
        _settle(game, winner);
    }

    function _running(uint256 game) private view returns (Game memory g) {
        g = _games[game];
        if (g.moves == 0 || g.over) revert GameOver(game);
    }

    /// @dev The last second of the clock itself is in time, as in timeout.
    function _turn(uint256 game) private view returns (Game memory g) {
        g = _running(game);
        if (msg.sender != g.player(g.mover())) revert GameNotMover(game, msg.sender);
        uint256 until = g.movedAt + g.turnSeconds(_clocks(g));
        if (block.timestamp > until) revert GameClockOver(game, until);
    }

    function _clocks(Game memory g) private view returns (Clocks memory) {
        return Clocks(_POOL, _INCREMENT, _firstMoves(g.rounds));
    }
}
