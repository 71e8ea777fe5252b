// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IMarketErrors} from "./IMarketErrors.sol";
import {Fees, LeaseLib, Opened} from "./LeaseLib.sol";
import {IMarketDesk} from "./IMarketDesk.sol";
import {BidLib} from "./BidLib.sol";
import {MarketState} from "./MarketState.sol";
import {BidRemoval, Parameters, Terms} from "./MarketTypes.sol";
import {Lease} from "./words/Lease.sol";
import {PriceLib} from "./PriceLib.sol";
import {IVerdict} from "../verdict/IVerdict.sol";

/// @notice What a deployment fixes. All parts of a market hold the same.
struct Setup {
    address asset;
    address registry;
    uint40 genesisTime; // unix seconds
    bytes32 stamp; // differs between deployments
    Parameters parameters;
}

/// @notice Storage and constants of a market. Its code exceeds what one contract may hold, so it stands in four: ComputeMarket
/// holds all storage and funds and runs offers and leases; what it does not know it runs as MarketDesk's code, what that does not
/// know as MarketCourt's and then MarketLens's, each by delegatecall.
/// Kept (invariant 10): no address and no number here can change, and nobody has a right that others lack but over what is its own:
/// so nothing can bar settling, expiring, closing or withdrawing.
abstract contract MarketBase is IMarketErrors {
    using BidLib for MarketState;
    using LeaseLib for MarketState;

    uint32 private constant LONGEST_DISPUTE = 30 days;

    IERC20 internal immutable _asset;
    address internal immutable _registry;
    uint256 internal immutable _genesisTime;
    bytes32 internal immutable _stamp;
    uint64 internal immutable _minStake;
    uint64 internal immutable _demandDeposit;
    uint64 internal immutable _maxLeaseValue;
    uint32 internal immutable _unbondSeconds;
    uint32 internal immutable _firmSeconds;
    uint32 internal immutable _graceSeconds;
    uint32 internal immutable _cooldownSeconds;
    uint32 internal immutable _maxLeaseSeconds;
    uint32 internal immutable _maxWindowSeconds;
    uint32 internal immutable _maxMfuel;
    uint32 internal immutable _demandSeconds;
    uint32 internal immutable _summonsSeconds;
    uint16 internal immutable _declineBps;
    uint16 internal immutable _expireBps;
    uint16 internal immutable _feeBps;
    uint16 internal immutable _maxFills;
    uint16 internal immutable _lookAhead;
    address internal immutable _feeRecipient;
    address internal immutable _verdictModule;
    uint32 internal immutable _disputeSeconds;

    MarketState internal _state;

    constructor(Setup memory s) {
        Parameters memory p = s.parameters;
        bool sound = p.declineBps <= PriceLib.BPS && p.expireBps <= PriceLib.BPS && p.feeBps <= PriceLib.BPS / 10
            && p.maxFills != 0 && p.maxFills <= 256 && p.lookAhead <= 256 && p.feeRecipient != address(0);
        // A module that never ends could hold bonds for ever, and one that cannot judge the longest run would free its liar.
        uint32 disputeSeconds;
        if (p.verdictModule != address(0)) {
            IVerdict module = IVerdict(p.verdictModule);
            disputeSeconds = module.maxDisputeSeconds();
            sound = sound && disputeSeconds <= LONGEST_DISPUTE && p.maxMfuel <= module.maxMfuel();
        }
        if (!sound) revert VerdictParameters();
        _asset = IERC20(s.asset);
        _registry = s.registry;
        _genesisTime = s.genesisTime;
        _stamp = s.stamp;
        _minStake = p.minStake;
        _demandDeposit = p.demandDeposit;
        _maxLeaseValue = p.maxLeaseValue;
        _unbondSeconds = p.unbondSeconds;
        _firmSeconds = p.firmSeconds;
        _graceSeconds = p.graceSeconds;
        _cooldownSeconds = p.cooldownSeconds;
        _maxLeaseSeconds = p.maxLeaseSeconds;
        _maxWindowSeconds = p.maxWindowSeconds;
        _maxMfuel = p.maxMfuel;
        _demandSeconds = p.demandSeconds;
        _summonsSeconds = p.summonsSeconds;
        _declineBps = p.declineBps;
        _expireBps = p.expireBps;
        _feeBps = p.feeBps;
        _maxFills = p.maxFills;
        _lookAhead = p.lookAhead;
        _feeRecipient = p.feeRecipient;
        _verdictModule = p.verdictModule;
        _disputeSeconds = disputeSeconds;
    }

    function _parameters() internal view returns (Parameters memory p) {
        p.minStake = _minStake;
        p.demandDeposit = _demandDeposit;
        p.maxLeaseValue = _maxLeaseValue;
        p.unbondSeconds = _unbondSeconds;
        p.firmSeconds = _firmSeconds;
        p.graceSeconds = _graceSeconds;
        p.cooldownSeconds = _cooldownSeconds;
        p.maxLeaseSeconds = _maxLeaseSeconds;
        p.maxWindowSeconds = _maxWindowSeconds;
        p.maxMfuel = _maxMfuel;
        p.demandSeconds = _demandSeconds;
        p.summonsSeconds = _summonsSeconds;
        p.declineBps = _declineBps;
        p.expireBps = _expireBps;
        p.feeBps = _feeBps;
        p.maxFills = _maxFills;
        p.lookAhead = _lookAhead;
        p.feeRecipient = _feeRecipient;
        p.verdictModule = _verdictModule;
    }

    function _setup() internal view returns (Setup memory) {
        return Setup(address(_asset), _registry, uint40(_genesisTime), _stamp, _parameters());
    }

    function _fees() internal view returns (Fees memory) {
        return Fees(_feeBps, _feeRecipient);
    }

    /// @notice Frees a lease's range at its device's expense; the device may bid again after a pause.
    function _fail(
        Terms memory terms,
        Lease lease_,
        Opened memory opened,
        uint256 penalty,
        bool liable,
        BidRemoval removal
    ) internal {
        _state.fail(_feeBps, terms, lease_, opened, penalty, liable);
        _state.devices[lease_.device()].cooldownUntil = uint40(block.timestamp + _cooldownSeconds);
        _state.removeBid(lease_.device(), removal);
    }

    /// @notice Runs the call as `code`'s and returns what it returns.
    function _runAs(address code) internal {
        assembly ("memory-safe") {
            // Memory is this call's own from here on: it ends in this block.
            let at := mload(0x40)
            calldatacopy(at, 0, calldatasize())
            let done := delegatecall(gas(), code, at, calldatasize(), 0, 0)
            returndatacopy(at, 0, returndatasize())
            if done { return(at, returndatasize()) }
            revert(at, returndatasize())
        }
    }
}
