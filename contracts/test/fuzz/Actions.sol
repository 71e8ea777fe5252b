// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IMarketCourt} from "../../src/market/IMarketCourt.sol";
import {IMarketDesk} from "../../src/market/IMarketDesk.sol";
import {IMarketLeases} from "../../src/market/IMarketLeases.sol";
import {Claim, Commitment, Demand, Scope, Terms, Verdict, Work} from "../../src/market/MarketTypes.sol";
import {Lease} from "../../src/market/words/Lease.sol";
import {Mood} from "../../src/test/MoodyToken.sol";
import {LimitsWord} from "../../src/market/words/TermsWords.sol";
import {pack, Plan} from "./Plan.sol";
import {vm} from "./Vm.sol";
import {World} from "./World.sol";

/// @notice What the fuzzer may do in the world.
abstract contract Actions is World {
    bytes internal constant RECORD = new bytes(128);

    function doPass(uint8 time) external {
        vm.warp(block.timestamp + 1 + time % 12);
        vm.roll(block.number + 1);
    }

    /// @dev The asset misbehaves in every known way in half of all transfers, and behaves again after.
    function doMoney(uint256 who, uint256 what, uint64 amount, uint8 mood, uint256 which) external {
        address account = someone(who);
        uint32 device = uint32(1 + who % DEVICES);
        amount = uint64(amount % (50 * CRD));
        _token.set(mood % 10 < 5 ? Mood(mood % 10) : Mood.Sound, address(_market), callBack(mood, which));
        if (what % 4 == 0) attempt(account, abi.encodeCall(IMarketDesk.deposit, (amount)));
        else if (what % 4 == 1) attempt(account, abi.encodeCall(IMarketDesk.withdraw, (amount)));
        else if (what % 4 == 2) attempt(account, abi.encodeCall(IMarketDesk.addStake, (device, amount)));
        else attempt(owner(device - 1), abi.encodeCall(IMarketDesk.unstake, (device, amount)));
        _token.set(Mood.Sound, address(0), "");
    }

    /// @dev What a hostile asset calls from inside a transfer: guarded money, and everything that anyone may do.
    function callBack(uint8 what, uint256 which) private view returns (bytes memory) {
        if (what % 6 == 0 || _leases.length == 0) return abi.encodeCall(IMarketDesk.withdraw, (1));
        if (what % 6 == 1) return abi.encodeCall(IMarketDesk.deposit, (1));
        (Terms memory terms, Lease lease) = picked(which);
        Lease[] memory one = new Lease[](1);
        one[0] = lease;
        if (what % 6 == 2) return abi.encodeCall(IMarketLeases.settle, (terms, one));
        if (what % 6 == 3) return abi.encodeCall(IMarketLeases.expire, (terms, lease));
        uint256 index = recent(which, _offers.length);
        if (what % 6 == 4) return abi.encodeCall(IMarketLeases.matchOffer, (_offers[index], _scopes[index]));
        return abi.encodeCall(IMarketCourt.closeOffer, (_offers[index]));
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
        Plan memory plan;
        plan.consumer = consumer(who);
        plan.nonce = _market.nonceOf(plan.consumer);
        plan.total = 1 + total % 60;
        plan.mfuel = 2_000;
        plan.maxTick = uint16(880 + mode % 30);
        plan.rounds = seconds_ % 8;
        plan.leaseSeconds = 5 + seconds_ % 30;
        plan.deadline = uint40(block.timestamp + uint256(seconds_) * 3);
        plan.verdict = uint8(mode % 4 == 0 ? Verdict.Trusted : Verdict.Optimistic);
        plan.windowSeconds = mode % 4 == 0 ? 0 : 5 + uint32(seconds_ % 40);
        plan.bondBps = mode % 3 == 0 ? 0 : mode % 3 == 1 ? 9_000 : 20_000;
        if (tip % 2 == 0) (plan.maxLeases, plan.tip) = (1 + tip % 6, uint32(tip) * 10);

        Work memory work = Work(bytes32(who), bytes32(uint256(1)), bytes32(_offers.length), LimitsWord.wrap(1));
        Scope memory scope = Scope(WASM, keccak256(abi.encode(work)), new uint32[](mode % 4 == 0 ? 2 : 0));
        if (mode % 4 == 0) {
            scope.devices[0] = uint32(1 + who % (DEVICES - 1));
            scope.devices[1] = scope.devices[0] + 1;
        }
        post(pack(plan, scope), scope, work, total % 5 != 0);
    }

    function post(Terms memory terms, Scope memory scope, Work memory work, bool matched) private {
        bytes32 offerId = _market.offerIdOf(terms);
        _offers.push(terms);
        _scopes.push(scope);
        _offerIndex[offerId] = _offers.length;
        bytes memory data = matched
            ? abi.encodeCall(IMarketLeases.postAndMatch, (terms.cost, terms.rules, work, scope.classKey, scope.devices))
            : abi.encodeCall(IMarketLeases.postOffer, (terms.cost, terms.rules, work, scope.classKey, scope.devices));
        (bool ok,) = attempt(payer(terms), data);
        if (ok) return;
        _offers.pop();
        _scopes.pop();
    }

    function doOffer(uint256 which, uint8 what, uint256 who) external {
        if (_offers.length == 0) return;
        uint256 index = recent(which, _offers.length);
        Terms memory terms = _offers[index];
        if (what % 6 < 3) attempt(someone(who), abi.encodeCall(IMarketLeases.matchOffer, (terms, _scopes[index])));
        else if (what % 6 == 3) attempt(payer(terms), abi.encodeCall(IMarketCourt.cancelOffer, (terms)));
        else attempt(someone(who), abi.encodeCall(IMarketCourt.closeOffer, (terms)));
    }

    function doCommit(uint256 which) external {
        if (_leases.length == 0) return;
        (Terms memory terms, Lease lease) = picked(which);
        attempt(operator(lease.device()), abi.encodeCall(IMarketLeases.commit, (terms, lease, root(lease))));
    }

    function doCommitMany(uint256 first, uint256 second) external {
        if (_leases.length == 0) return;
        Commitment[] memory commitments = new Commitment[](1);
        Claim[] memory claims = new Claim[](1);
        (commitments[0].terms, commitments[0].lease) = picked(first);
        commitments[0].resultRoot = root(commitments[0].lease);
        (claims[0].terms, claims[0].lease) = picked(second);
        attempt(operator(commitments[0].lease.device()), abi.encodeCall(IMarketLeases.commitMany, (commitments, claims)));
    }

    function doEnd(uint256 which, uint8 what, uint256 who) external {
        if (_leases.length == 0) return;
        (Terms memory terms, Lease lease) = picked(which);
        Lease[] memory one = new Lease[](1);
        one[0] = lease;
        if (what % 8 < 2) attempt(payer(terms), abi.encodeCall(IMarketLeases.accept, (terms, one)));
        else if (what % 8 < 4) attempt(someone(who), abi.encodeCall(IMarketLeases.settle, (terms, one)));
        else if (what % 8 < 6) attempt(someone(who), abi.encodeCall(IMarketLeases.expire, (terms, lease)));
        else if (what % 8 == 6) attempt(operator(lease.device()), abi.encodeCall(IMarketLeases.decline, (terms, lease, what >> 5)));
        else attempt(someone(who), abi.encodeCall(IMarketCourt.voidLease, (terms, lease)));
    }

    /// @dev Demands of what was committed, and summonses of who has not.
    function doDemand(uint256 which, uint8 what, uint256 who) external {
        if (_leases.length == 0) return;
        (Terms memory terms, Lease lease) = picked(which);
        bytes32[] memory none;
        if (what % 5 == 0) {
            if (what % 3 != 0) attempt(what % 8 == 0 ? someone(who) : payer(terms), abi.encodeCall(IMarketCourt.summon, (terms, lease)));
            if (what % 2 == 0) attempt(operator(lease.device()), abi.encodeCall(IMarketCourt.appear, (terms, lease)));
        } else if (what % 4 < 2) {
            Demand memory demand = Demand(uint32(lease.first()), what % 8 == 0, 0, what % 8 == 0 ? 1 : 0);
            attempt(what % 8 == 0 ? payer(terms) : someone(who), abi.encodeCall(IMarketCourt.demand, (terms, lease, demand)));
        } else if (what % 4 == 2) {
            attempt(someone(who), abi.encodeCall(IMarketCourt.answer, (terms, lease, RECORD, proof(lease), "", none)));
        } else {
            attempt(someone(who), abi.encodeCall(IMarketCourt.failDemand, (terms, lease)));
        }
    }

    function doJudge(uint256 which, uint8 what, uint256 who) external {
        if (_leases.length == 0) return;
        (Terms memory terms, Lease lease) = picked(which);
        if (what % 4 < 2) attempt(_module, abi.encodeCall(IMarketCourt.openDispute, (terms, lease, KEEPER)));
        else if (what % 4 == 2 && what >> 6 == 1) attempt(_module, abi.encodeCall(IMarketCourt.forfeit, (terms, lease)));
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

    /// @dev A job's account does only what its manager says: who acts in its place is refused.
    function payer(Terms memory terms) private view returns (address) {
        address account = terms.cost.consumer();
        return account.code.length == 0 ? account : KEEPER;
    }

    /// @dev New things are more often worth touching than old ones.
    function recent(uint256 which, uint256 length) internal pure returns (uint256) {
        uint256 span = which % 4 == 0 || length < 8 ? length : 8;
        return length - 1 - (which >> 2) % span;
    }

    function picked(uint256 which) internal view returns (Terms memory terms, Lease lease) {
        uint256 index = recent(which, _leases.length);
        return (_offers[_leaseOffer[index]], _leases[index]);
    }

    /// @dev All records of a result list are zero, so its root depends on the count alone.
    function root(Lease lease) internal pure returns (bytes32 node) {
        node = keccak256(RECORD);
        for (uint256 leaves = 1; leaves < lease.count(); leaves *= 2) node = keccak256(abi.encodePacked(node, node));
    }

    function proof(Lease lease) internal pure returns (bytes32[] memory siblings) {
        uint256 levels = 0;
        while (uint256(1) << levels < lease.count()) levels++;
        siblings = new bytes32[](levels);
        bytes32 node = keccak256(RECORD);
        for (uint256 i = 0; i < levels; i++) {
            siblings[i] = node;
            node = keccak256(abi.encodePacked(node, node));
        }
    }
}
