// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IMarketCourt} from "../../src/market/IMarketCourt.sol";
import {IMarketDesk} from "../../src/market/IMarketDesk.sol";
import {IMarketLeases} from "../../src/market/IMarketLeases.sol";
import {Claim, Commitment, Demand, Lease, LeaseState, LeaseStatus, Terms, Verdict, Work} from "../../src/market/MarketTypes.sol";
import {vm} from "./Vm.sol";
import {World} from "./World.sol";

/// @notice What the fuzzer may do in the world.
contract Actions is World {
    bytes internal constant RECORD = new bytes(128);

    function doPass(uint8 time) external {
        vm.warp(block.timestamp + 1 + time % 12);
        vm.roll(block.number + 1);
    }

    function doMoney(uint256 who, uint256 what, uint64 amount) external {
        address account = someone(who);
        uint32 device = uint32(1 + who % DEVICES);
        amount = uint64(amount % (50 * CRD));
        if (what % 4 == 0) attempt(account, abi.encodeCall(IMarketDesk.deposit, (amount)));
        else if (what % 4 == 1) attempt(account, abi.encodeCall(IMarketDesk.withdraw, (amount)));
        else if (what % 4 == 2) attempt(account, abi.encodeCall(IMarketDesk.addStake, (device, amount)));
        else attempt(owner(device - 1), abi.encodeCall(IMarketDesk.unstake, (device, amount)));
    }

    function doBid(uint256 who, uint8 what, uint8 tick, uint8 lanes) external {
        uint32 device = uint32(1 + who % DEVICES);
        uint40 until = uint40(block.timestamp + 60 + uint256(tick) * 100);
        uint16 price = uint16(850 + tick % 50);
        uint16 count = lanes % 5;
        if (what % 6 < 3) attempt(operator(device), abi.encodeCall(IMarketDesk.placeBid, (device, WASM, price, count, until, 6)));
        else if (what % 6 == 3) attempt(operator(device), abi.encodeCall(IMarketDesk.announceBid, (device, price, count, until)));
        else if (what % 6 == 4) attempt(KEEPER, abi.encodeCall(IMarketDesk.activateBid, (device)));
        else attempt(KEEPER, abi.encodeCall(IMarketDesk.pruneBid, (device)));
    }

    function doPost(uint256 who, uint8 total, uint8 mode, uint8 tip, uint8 seconds_) external {
        Terms memory terms;
        Work memory work = Work(bytes32(who), 1, bytes32(_offers.length), 1, 1);
        terms.consumer = consumer(who);
        terms.nonce = _market.nonceOf(terms.consumer);
        terms.classKey = WASM;
        terms.total = 1 + total % 60;
        terms.mfuel = 2_000;
        terms.maxTick = uint16(880 + mode % 30);
        terms.leaseSeconds = 5 + seconds_ % 30;
        terms.deadline = uint40(block.timestamp + uint256(seconds_) * 3);
        terms.verdict = mode % 4 == 0 ? Verdict.Trusted : Verdict.Optimistic;
        terms.windowSeconds = mode % 4 == 0 ? 0 : 5 + uint32(seconds_ % 40);
        terms.bondBps = mode % 3 == 0 ? 0 : mode % 3 == 1 ? 9_000 : 20_000;
        if (tip % 2 == 0) (terms.maxLeases, terms.tip) = (1 + tip % 6, uint32(tip) * 10);
        if (mode % 4 == 0) {
            terms.devices = new uint32[](2);
            terms.devices[0] = uint32(1 + who % (DEVICES - 1));
            terms.devices[1] = terms.devices[0] + 1;
        }
        terms.work = keccak256(abi.encode(work));
        bytes32 offerId = _market.offerIdOf(terms);
        _offers.push(terms);
        _offerIndex[offerId] = _offers.length;
        bool ok;
        if (total % 5 == 0) (ok,) = attempt(terms.consumer, abi.encodeCall(IMarketLeases.postOffer, (terms, work)));
        else (ok,) = attempt(terms.consumer, abi.encodeCall(IMarketLeases.postAndMatch, (terms, work)));
        if (!ok) _offers.pop();
    }

    function doOffer(uint256 which, uint8 what, uint256 who) external {
        if (_offers.length == 0) return;
        Terms memory terms = _offers[recent(which, _offers.length)];
        if (what % 6 < 3) attempt(someone(who), abi.encodeCall(IMarketLeases.matchOffer, (terms)));
        else if (what % 6 == 3) attempt(terms.consumer, abi.encodeCall(IMarketCourt.cancelOffer, (terms)));
        else attempt(someone(who), abi.encodeCall(IMarketCourt.closeOffer, (terms)));
    }

    function doCommit(uint256 which) external {
        if (_leases.length == 0) return;
        (Terms memory terms, Lease memory lease) = picked(which);
        attempt(operator(lease.device), abi.encodeCall(IMarketLeases.commit, (terms, lease, root(lease))));
    }

    function doCommitMany(uint256 first, uint256 second) external {
        if (_leases.length == 0) return;
        Commitment[] memory commitments = new Commitment[](1);
        Claim[] memory claims = new Claim[](1);
        (commitments[0].terms, commitments[0].lease) = picked(first);
        commitments[0].resultRoot = root(commitments[0].lease);
        (claims[0].terms, claims[0].lease) = picked(second);
        attempt(operator(commitments[0].lease.device), abi.encodeCall(IMarketLeases.commitMany, (commitments, claims)));
    }

    function doEnd(uint256 which, uint8 what, uint256 who) external {
        if (_leases.length == 0) return;
        (Terms memory terms, Lease memory lease) = picked(which);
        Lease[] memory one = new Lease[](1);
        one[0] = lease;
        if (what % 8 < 2) attempt(terms.consumer, abi.encodeCall(IMarketLeases.accept, (terms, one)));
        else if (what % 8 < 4) attempt(someone(who), abi.encodeCall(IMarketLeases.settle, (terms, one)));
        else if (what % 8 < 6) attempt(someone(who), abi.encodeCall(IMarketLeases.expire, (terms, lease)));
        else if (what % 8 == 6) attempt(operator(lease.device), abi.encodeCall(IMarketLeases.decline, (terms, lease, what >> 5)));
        else attempt(someone(who), abi.encodeCall(IMarketCourt.voidLease, (terms, lease)));
    }

    function doDemand(uint256 which, uint8 what, uint256 who) external {
        if (_leases.length == 0) return;
        (Terms memory terms, Lease memory lease) = picked(which);
        bytes32[] memory none;
        if (what % 4 < 2) {
            Demand memory demand = Demand(lease.first, what % 8 == 0, 0, what % 8 == 0 ? 1 : 0);
            attempt(what % 8 == 0 ? terms.consumer : someone(who), abi.encodeCall(IMarketCourt.demand, (terms, lease, demand)));
        } else if (what % 4 == 2) {
            attempt(someone(who), abi.encodeCall(IMarketCourt.answer, (terms, lease, RECORD, proof(lease), "", none)));
        } else {
            attempt(someone(who), abi.encodeCall(IMarketCourt.failDemand, (terms, lease)));
        }
    }

    function doJudge(uint256 which, uint8 what, uint256 who) external {
        if (_leases.length == 0) return;
        (Terms memory terms, Lease memory lease) = picked(which);
        if (what % 4 < 2) attempt(_module, abi.encodeCall(IMarketCourt.openDispute, (terms, lease, KEEPER)));
        // One ruling in four bans a device; the others uphold, or the world would empty at once.
        else if (what % 4 == 2) attempt(_module, abi.encodeCall(IMarketCourt.resolve, (terms, lease, what >> 6 != 0, KEEPER)));
        else attempt(someone(who), abi.encodeCall(IMarketCourt.voidLease, (terms, lease)));
    }

    function doRare(uint256 who, uint8 what, uint16 amount) external {
        uint32 device = uint32(1 + who % DEVICES);
        if (what % 32 == 0) attempt(owner(device - 1), abi.encodeCall(IMarketDesk.retire, (device)));
        else if (what % 32 == 1) attempt(address(this), abi.encodeCall(IMarketDesk.punish, (device, amount, KEEPER)));
        else if (what % 2 == 0) attempt(owner(device - 1), abi.encodeCall(IMarketDesk.release, (device)));
        else attest(device, what % 32 == 3 ? GPU : WASM | (1 << 20), 1 + amount % 2_000, uint16(1 + what % 5));
    }

    /// @dev New things are more often worth touching than old ones.
    function recent(uint256 which, uint256 length) internal pure returns (uint256) {
        uint256 span = which % 4 == 0 || length < 8 ? length : 8;
        return length - 1 - (which >> 2) % span;
    }

    function picked(uint256 which) internal view returns (Terms memory terms, Lease memory lease) {
        uint256 index = recent(which, _leases.length);
        return (_offers[_leaseOffer[index]], _leases[index]);
    }

    /// @dev All records of a result list are zero, so its root depends on the count alone.
    function root(Lease memory lease) internal pure returns (bytes32 node) {
        node = keccak256(RECORD);
        for (uint256 leaves = 1; leaves < lease.count; leaves *= 2) node = keccak256(abi.encodePacked(node, node));
    }

    function proof(Lease memory lease) internal pure returns (bytes32[] memory siblings) {
        uint256 levels = 0;
        while (uint256(1) << levels < lease.count) levels++;
        siblings = new bytes32[](levels);
        bytes32 node = keccak256(RECORD);
        for (uint256 i = 0; i < levels; i++) {
            siblings[i] = node;
            node = keccak256(abi.encodePacked(node, node));
        }
    }
}
