// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {DeviceWord} from "../../src/market/words/DeviceWord.sol";
import {IComputeMarket} from "../../src/market/IComputeMarket.sol";
import {IMarketLeases} from "../../src/market/IMarketLeases.sol";
import {IJobManager} from "../../src/jobs/IJobManager.sol";
import {Capability, Parameters, Scope, Terms, Work} from "../../src/market/MarketTypes.sol";
import {Lease} from "../../src/market/words/Lease.sol";
import {CostWord, RuleWord} from "../../src/market/words/TermsWords.sol";
import {PriceLib} from "../../src/market/PriceLib.sol";
import {MoodyToken} from "../../src/test/MoodyToken.sol";
import {IVerdict} from "../../src/verdict/IVerdict.sol";
import {Broken, requireAtMost, requireEqual, vm, Vm} from "./Vm.sol";

/// @notice A verdict module that may take 50 s.
contract Module is IVerdict {
    uint32 public constant maxDisputeSeconds = 50;
    uint32 public constant maxMfuel = type(uint32).max;
}

/// @notice A market with people in it who do random things, and a second set of books about what they did.
/// It is the market's registry and speaks for its verdict module, so that the fuzzer may rule as it likes.
abstract contract World {
    uint256 internal constant CRD = 1e6;
    uint32 internal constant WASM = 1 << 24;
    uint32 internal constant GPU = 3 << 24;
    uint256 internal constant CONSUMERS = 3;
    uint256 internal constant OWNERS = 3;
    uint256 internal constant DEVICES = 5;
    address internal constant BURNED = 0x000000000000000000000000000000000000dEaD;
    address internal constant KEEPER = address(0x4eee);
    address internal constant FEES = address(0xfee);

    MoodyToken internal immutable _token;
    IComputeMarket internal immutable _market;
    IJobManager internal immutable _jobs;
    address internal immutable _module;

    Terms[] internal _offers;
    Scope[] internal _scopes;
    mapping(bytes32 offerId => uint256) internal _offerIndex; // plus one
    mapping(uint256 offer => mapping(uint256 tasklet => uint256)) internal _paid;
    Lease[] internal _leases;
    mapping(uint256 lease => uint256) internal _leaseOffer;
    mapping(bytes32 leaseKey => uint256) internal _leaseIndex; // plus one
    mapping(bytes32 leaseKey => bool) internal _ended;
    mapping(bytes32 leaseKey => bool) internal _bound; // a result was handed in
    mapping(bytes32 leaseKey => bool) internal _fell; // it ended without pay
    mapping(bytes32 leaseKey => bool) private _judged;
    mapping(bytes32 topic => uint256) public seen; // events

    constructor() {
        vm.warp(1_800_000_000);
        vm.roll(10);
        _token = new MoodyToken();
        _module = address(new Module());
        Parameters memory p = Parameters({
            minStake: uint64(100 * CRD),
            demandDeposit: 10_000,
            maxLeaseValue: uint64(25 * CRD),
            unbondSeconds: 40,
            firmSeconds: 2,
            graceSeconds: 5,
            cooldownSeconds: 2,
            maxLeaseSeconds: 1_000,
            maxWindowSeconds: 1_000,
            maxMfuel: type(uint32).max,
            demandSeconds: 10,
            summonsSeconds: 4,
            declineBps: 100,
            expireBps: 1_000,
            feeBps: 130,
            maxFills: 3,
            lookAhead: 3,
            feeRecipient: FEES,
            verdictModule: _module
        });
        // From the build's output: importing the contracts would compile them all once more.
        address part = create("market/MarketLens", abi.encode(_token, this, p));
        part = create("market/MarketCourt", abi.encode(part));
        part = create("market/MarketDesk", abi.encode(part));
        _market = IComputeMarket(create("market/ComputeMarket", abi.encode(part)));
        _jobs = IJobManager(create("jobs/JobManager", abi.encode(_market)));
        for (uint256 i = 0; i < CONSUMERS; i++) fund(consumer(i));
        for (uint256 i = 0; i < OWNERS; i++) fund(owner(i));
        for (uint256 i = 0; i < DEVICES; i++) {
            vm.prank(owner(i));
            uint32 device = _market.registerDevice(operator(i + 1), uint64(200 * CRD), "", 0);
            attest(device, i % 2 == 0 ? WASM : WASM | (1 << 20), 1_000, 4);
            vm.prank(operator(device));
            _market.placeBid(device, WASM, uint16(860 + i), 4, uint40(block.timestamp + 1 days), 6);
        }
    }

    /// @param path folder and name, as "market/MarketLens"
    function create(string memory path, bytes memory arguments) private returns (address made) {
        bytes memory name = new bytes(bytes(path).length);
        uint256 length = 0;
        for (uint256 i = 0; i < name.length; i++) {
            if (bytes(path)[i] == "/") length = 0;
            else name[length++] = bytes(path)[i];
        }
        assembly ("memory-safe") {
            mstore(name, length)
        }
        string memory artifact = vm.readFile(string.concat("artifacts/src/", path, ".sol/", string(name), ".json"));
        bytes memory code = bytes.concat(vm.parseJsonBytes(artifact, ".bytecode"), arguments);
        assembly ("memory-safe") {
            made := create(0, add(code, 32), mload(code))
        }
        if (made == address(0)) revert Broken(path, 0, 1);
    }

    // ---------------------------------------------------------------- people

    function consumer(uint256 i) internal pure returns (address) {
        return address(uint160(0xc000 + (i % CONSUMERS)));
    }

    function owner(uint256 i) internal pure returns (address) {
        return address(uint160(0xa000 + (i % OWNERS)));
    }

    function operator(uint256 device) internal pure returns (address) {
        return address(uint160(0xb000 + device));
    }

    function someone(uint256 i) internal pure returns (address) {
        i %= CONSUMERS + OWNERS + 1;
        return i < CONSUMERS ? consumer(i) : i < CONSUMERS + OWNERS ? owner(i) : KEEPER;
    }

    function fund(address account) private {
        _token.mint(account, 20_000 * CRD);
        vm.prank(account);
        _token.approve(address(_market), type(uint256).max);
        vm.prank(account);
        _token.approve(address(_jobs), type(uint256).max);
        vm.prank(account);
        _market.deposit(uint128(10_000 * CRD));
    }

    function attest(uint32 device, uint32 classKey, uint16 score, uint16 lanes) internal {
        _market.setCapability(device, Capability(classKey, score, 1_024, lanes, uint40(block.timestamp + 2 days)));
    }

    // ----------------------------------------------------------------- moves

    /// @dev Refusals are fine here: flow tests cover which call is refused when. What must never happen is told by the checks.
    function attempt(address from, bytes memory data) internal returns (bool ok, bytes memory result) {
        return attemptAt(address(_market), from, data);
    }

    function attemptAt(address target, address from, bytes memory data) internal returns (bool ok, bytes memory result) {
        vm.recordLogs();
        vm.prank(from);
        (ok, result) = target.call(data);
        if (!ok) return (false, result);
        read(vm.getRecordedLogs());
    }

    /// @dev Keeps its own account of leases from the events alone, as an indexer does.
    function read(Vm.Log[] memory logs) private {
        for (uint256 i = 0; i < logs.length; i++) {
            bytes32 topic = logs[i].topics[0];
            seen[topic]++;
            heard(topic, logs[i]);
            if (topic == IMarketLeases.OfferPosted.selector) {
                posted(logs[i].topics[1], logs[i].data);
            } else if (topic == IMarketLeases.Leased.selector) {
                (Lease lease,) = abi.decode(logs[i].data, (Lease, uint40));
                leased(logs[i].topics[1], lease, logs[i].topics[2]);
            } else if (topic == IMarketLeases.Settled.selector) {
                settled(logs[i].topics[1]);
            } else if (topic == IMarketLeases.Committed.selector) {
                _bound[logs[i].topics[1]] = true;
            } else if (topic == keccak256("Disputed(bytes32,bytes32,address,uint40)")) {
                _judged[logs[i].topics[1]] = true;
            } else if (
                topic == IMarketLeases.Expired.selector || topic == IMarketLeases.Declined.selector || topic == IMarketLeases.Voided.selector
                    || topic == keccak256("DemandFailed(bytes32,bytes32,uint32,uint128)")
                    || (topic == keccak256("Resolved(bytes32,bytes32,bool)") && !abi.decode(logs[i].data, (bool)))
            ) {
                fallen(topic, logs[i].topics[1]);
            }
        }
    }

    /// @dev A result that was handed in is paid unless somebody ruled on it, asked for a piece in vain, or banned its device: never for what
    /// became of its job.
    function fallen(bytes32 topic, bytes32 key) private {
        (_ended[key], _fell[key]) = (true, true);
        if (!_bound[key]) return;
        bool late = topic == IMarketLeases.Expired.selector || topic == IMarketLeases.Declined.selector;
        bool innocent = topic == IMarketLeases.Voided.selector && !_judged[key] && !word(_leases[_leaseIndex[key] - 1].device()).banned();
        if (late || innocent) revert Broken("5: a result that is not paid", _leaseIndex[key], 0);
    }

    /// @dev For books beside the market's.
    function heard(bytes32 topic, Vm.Log memory log) internal virtual;

    /// @dev Offers of jobs are known by their event alone.
    function posted(bytes32 offerId, bytes memory data) private {
        if (_offerIndex[offerId] != 0) return;
        (CostWord cost, RuleWord rules, Work memory work, uint32 classKey, uint32[] memory devices,) =
            abi.decode(data, (CostWord, RuleWord, Work, uint32, uint32[], uint128));
        Scope memory scope = Scope(classKey, keccak256(abi.encode(work)), devices);
        _offers.push(Terms(cost, rules, keccak256(abi.encode(classKey, scope.work, devices))));
        _scopes.push(scope);
        _offerIndex[offerId] = _offers.length;
    }

    /// @dev Invariant 9: the device's bid <= its pay per Mfuel <= the reserve.
    function leased(bytes32 offerId, Lease lease, bytes32 key) private {
        if (_leaseIndex[key] != 0) revert Broken("a lease key came twice", _leaseIndex[key], 0);
        uint256 offer = _offerIndex[offerId] - 1;
        uint256 bidPrice = PriceLib.price(word(lease.device()).tick());
        requireAtMost(bidPrice, lease.unitPrice(), "9: paid below the bid");
        requireAtMost(lease.unitPrice(), PriceLib.price(_offers[offer].cost.maxTick()), "9: paid above the reserve");
        _leases.push(lease);
        _leaseIndex[key] = _leases.length;
        _leaseOffer[_leases.length - 1] = offer;
    }

    /// @dev Invariant 5: no tasklet is paid twice.
    function settled(bytes32 key) private {
        uint256 index = _leaseIndex[key] - 1;
        if (_ended[key]) revert Broken("5: paid after its end", index, 0);
        _ended[key] = true;
        Lease lease = _leases[index];
        uint256 offer = _leaseOffer[index];
        for (uint256 i = lease.first(); i < lease.first() + lease.count(); i++) {
            if (++_paid[offer][i] != 1) revert Broken("5: paid twice", i, _paid[offer][i]);
        }
    }

    function word(uint32 device) internal view returns (DeviceWord) {
        return DeviceWord.wrap(uint256(vm.load(address(_market), keccak256(abi.encode(device, 1)))));
    }
}
