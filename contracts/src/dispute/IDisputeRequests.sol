// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Scope, Terms, Work} from "../market/MarketTypes.sol";
import {Lease} from "../market/words/Lease.sol";

/// @notice What a request asks to see.
enum Piece {
    Record, // of the committed result list
    Module,
    Manifest,
    Frame, // of a tasklet's input
    Stdin // of a tasklet's input
}

/// @notice Where a request stands.
enum RequestStage {
    Unknown,
    Open,
    Answered, // so late that its lease waits for games
    Closed
}

/// @notice A piece of what a lease's results rest on.
struct Request {
    Piece piece;
    uint32 index; // tasklet of the offer; 0 for module and manifest
    uint32 firstLeaf; // of the blob, in 128-byte leaves; a multiple of `leaves`; 0 for a record
    uint8 leaves; // a power of two, at most 32 (4 KiB); 0 for a record
}

/// @notice What answers a request. A blob smaller than the piece is shown whole; beyond a blob's end nothing is shown but how long it is.
/// Where inputs follow from a rule, there is no manifest to show, and of an input beyond IInputOpener.mostEvidence only that it is.
struct Showing {
    Scope scope; // for all but a record
    Work work; // for all but a record
    bytes record; // the committed record; for frame and stdin, the manifest's, or an ABI-encoded InputEvidence
    bytes32[] recordProof; // siblings from leaf to root
    bytes data; // the piece, padded to whole leaves; nothing for a record
    bytes32[] proof; // siblings from the piece's subtree to the root
}

/// @title Making a device show what its result rests on
/// @notice Whoever would check a result needs its record, the module and the inputs. Anyone may request pieces of them while the window
/// is open, any number side by side, so that nobody can keep others from asking by asking first. Who answers, whoever it is, gets
/// the deposit; if nobody does, the lease falls with its bond. An answer that comes late leaves time for games after it.
interface IDisputeRequests {
    event PieceRequested(bytes32 indexed leaseKey, uint256 indexed id, address indexed by, Lease lease, Request request, uint40 until);
    /// @notice `data` is the proven record or piece; the deposit became owed to `by`. `opening` is what a game about it needs besides: a record's
    /// siblings one behind the other; of frame and stdin the InputEvidence, where inputs follow from a rule; else nothing.
    event PieceShown(bytes32 indexed leaseKey, uint256 indexed id, address indexed by, bytes data, bytes opening);
    /// @notice The request counts no more; `failed`: nobody answered it. The deposit went back if it was still there.
    event RequestClosed(bytes32 indexed leaseKey, uint256 indexed id, bool failed);

    error RequestShape(Request request);
    error RequestExists(uint256 id);
    error RequestUnknown(uint256 id);
    error RequestTooLate(uint256 id, uint40 until);
    error RequestRuns(uint256 id, uint40 until);
    error RequestMismatch(uint256 id);

    /// @notice Anyone, until the window ends: asks for a piece. Takes the deposit as `open` takes the bond.
    function request(Terms calldata terms, Lease lease, Request calldata what) external returns (uint256 id);

    /// @notice Anyone, within answerSeconds: shows the piece and earns the deposit.
    function show(Terms calldata terms, Lease lease, Request calldata what, Showing calldata showing) external;

    /// @notice Anyone: ends a request that nobody answered in time, that was answered and has waited for games, or whose lease has ended.
    function closeRequest(Terms calldata terms, Lease lease, Request calldata what) external;

    function requestIdOf(bytes32 leaseKey, Request calldata what) external pure returns (uint256 id);
    function requestOf(uint256 id) external view returns (RequestStage stage, address by, uint40 until);
}
