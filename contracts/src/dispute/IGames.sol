// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @notice The two sides of a game. The challenger moves first, by opening.
enum Side {
    Provider,
    Challenger
}

/// @notice Where a game stands.
enum GameStage {
    Unknown,
    Running,
    ProviderWon,
    ChallengerWon,
    Settled
}

/// @notice One game.
struct Game {
    bytes32 position; // slot 0: keccak(state at the segment's start ‖ root of the last mover's 32 hashes)
    address provider; // slot 1
    uint32 providerClock; // slot 1, seconds left after its last move
    uint40 movedAt; // slot 1, unix seconds
    uint8 moves; // slot 1, accounts posted so far; the challenger posts the odd ones
    GameStage stage; // slot 1
    uint8 granted; // slot 1, increments that the provider's clock has got for further games against it
    address challenger; // slot 2
    uint32 challengerClock; // slot 2
    uint8 rounds; // slot 2, accounts until segments are single steps: a run has 32^rounds steps
    uint32 firstMoves; // slot 2, seconds added to the first two moves of each side, for the first pass over the whole run
    uint24 faced; // slot 2, games that the provider had faced when this one was opened, this one counted, modulo 2^24
}

/// @notice Where a player lets its opponent's account and its own part: within the segment that begins at state `from` (agreed by
/// both), the opponent's hashes h[1..32] first differ from the player's at `index`; h[index - 1] is agreed too.
struct Parting {
    bytes32 from; // state at the start of the segment, h[0]
    uint256 index; // 1 to 32
    bytes32 agreed; // h[index - 1]
    bytes32[] agreedPath; // 5 siblings to the root of h[1..32], nearest first; none for index 1
    bytes32 disputed; // h[index]
    bytes32[] disputedPath; // 5 siblings
}

/// @notice Games about how a run goes on from a first state: who holds to a false account of it loses.
/// @dev One round: the mover shows the first of the opponent's 32 hashes that it disputes and posts its own account of that segment,
/// 32 hashes whose last differs. When segments are single steps, the mover proves that the disputed one leads elsewhere. An honest
/// player always has a move, since the last hash of the opponent's account is never the honest one.
interface IGames {
    event GameOpened(uint256 indexed game, address indexed challenger, address indexed provider, bytes32 from, bytes32[32] hashes);
    /// @notice `by` posted its own 32 hashes for the segment before the opponent's hash `index`.
    event GameDissected(uint256 indexed game, Side by, uint256 index, bytes32 from, bytes32[32] hashes);
    /// @notice The disputed step was executed: it leads to `next`, not to what was claimed.
    event GameProven(uint256 indexed game, uint256 index, bytes32 from, bytes32 next);
    event GameTimedOut(uint256 indexed game, Side loser);
    event GameWon(uint256 indexed game, Side winner, address player);

    error GameNotMover(uint256 game, address caller);
    error GameOver(uint256 game);
    /// @notice There is such a game already.
    error GameExists(uint256 game);
    error GameNotItsPosition(uint256 game, bytes32 from);
    error GameBadIndex(uint256 index);
    error GameBadPath(uint256 index);
    /// @notice The mover's account ends in the very state that it disputes.
    error GameNothingDisputed(bytes32 hash);
    error GameStillDissecting(uint256 game, uint256 roundsLeft);
    error GameFullyDissected(uint256 game);
    /// @notice The step leads where the opponent says.
    error GameStepHolds(bytes32 next);
    error GameClockRuns(uint256 game, uint256 until);
    error GameClockOver(uint256 game, uint256 since);

    /// @notice The mover: narrows the dispute to the segment before the opponent's hash `parting.index`.
    function dissect(uint256 game, Parting calldata parting, bytes32[32] calldata hashes) external;

    /// @notice The mover, when segments are single steps: executes the disputed one and wins.
    function prove(uint256 game, Parting calldata parting, bytes calldata proof) external;

    /// @notice Anyone, when the mover's clock has run out: the mover loses.
    function timeout(uint256 game) external;

    /// @notice Until when the mover must have moved, in unix seconds, and who that is; zero when the game is over.
    function deadlineOf(uint256 game) external view returns (uint256 deadline, Side mover);

    function game(uint256 id) external view returns (Game memory);
}
